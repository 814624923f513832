"""Targets and retargets: facts of mainnet, and the rules of all chains against Bitcoin Core's algorithm retold."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_project.blocks.difficulty import (
    History,
    Retargeting,
    Rules,
    bits_of,
    expected_bits,
    next_history,
    target_of,
)
from dagster_project.blocks.parameters import load_parameters
from dagster_project.settings import Chain
from tests.reference.consensus_time import median_times

MAINNET = load_parameters(Chain.MAINNET).rules

# Bitcoin Core, src/test/pow_tests.cpp: time of the period's first block, height, time and bits of its last one, and
# the bits of the next. The last but one is the fall by four that never was.
RETARGETS = [
    (1231006505, 2015, 1233061996, 0x1D00FFFF, 0x1D00FFFF),
    (1261130161, 32255, 1262152739, 0x1D00FFFF, 0x1D00D86A),
    (1279008237, 68543, 1279297671, 0x1C05A3F4, 0x1C0168FD),
    (1263163443, 46367, 1269211443, 0x1C387F6F, 0x1D00E1FD),
]
# Bitcoin Core, src/test/arith_uint256_tests.cpp, bignum_SetCompact, and the Bitcoin wiki's example of bits.
TARGETS = [
    (0x1B0404CB, 0x404CB << 8 * 24, 0x1B0404CB),
    (0x1D00FFFF, 0xFFFF << 8 * 26, 0x1D00FFFF),
    (0x207FFFFF, 0x7FFFFF << 8 * 29, 0x207FFFFF),
    (0x01123456, 0x12, 0x01120000),
    (0x02123456, 0x1234, 0x02123400),
    (0x03123456, 0x123456, 0x03123456),
    (0x04123456, 0x12345600, 0x04123456),
    (0x05009234, 0x92340000, 0x05009234),
    (0x20123456, 0x123456 << 8 * 29, 0x20123456),
    (0x02008000, 0x80, 0x02008000),
]
NO_TARGETS = [0, 0x00123456, 0x01003456, 0x02000056, 0x03000000, 0x04000000, 0x00923456, 0x01803456, 0x20800000]
NO_TARGETS += [0x04923456, 0x01FEDCBA, 0xFF123456, 0x23000100, 0x22010000, 0x21010000]


@pytest.mark.parametrize(("first_time", "height", "time", "bits", "following"), RETARGETS)
def test_retargets_of_mainnet(first_time: int, height: int, time: int, bits: int, following: int) -> None:
    history = next_history(MAINNET, None, height - 2015, "aa", first_time, bits)
    for number in range(height - 2014, height + 1):
        assert expected_bits(MAINNET, history, time) == bits
        history = next_history(MAINNET, history, number, "aa", time, bits)
    assert expected_bits(MAINNET, history, time) == following


@pytest.mark.parametrize(("bits", "target", "again"), TARGETS)
def test_compact_form(bits: int, target: int, again: int) -> None:
    assert target_of(bits) == target
    assert bits_of(target) == again


@pytest.mark.parametrize("bits", NO_TARGETS)
def test_what_is_no_target(bits: int) -> None:
    assert target_of(bits) is None


@given(st.integers(1, 2**256 - 1))
def test_the_compact_form_of_any_target_keeps_its_first_bytes(target: int) -> None:
    rounded = target_of(bits_of(target))
    assert rounded is not None and rounded <= target
    # Two bytes stay at least, where a third one would be read as a sign.
    assert target - rounded < target >> 15 or target < 2**16
    assert bits_of(rounded) == bits_of(target)


def core(rules: Rules, headers: list[tuple[int, int]], time: int) -> int:
    """GetNextWorkRequired of Bitcoin Core, over all headers (time and bits) before a block with a time."""
    height = len(headers)
    if rules.retargeting is Retargeting.CONSTANT:
        return rules.limit
    last_time, last_bits = headers[-1]
    if height % rules.interval:
        if rules.retargeting is Retargeting.MAINNET:
            return last_bits
        if time > last_time + 2 * rules.spacing:
            return rules.limit
        index = height - 1
        while index > 0 and index % rules.interval and headers[index][1] == rules.limit:
            index -= 1
        return headers[index][1]
    first_time, first_bits = headers[height - rules.interval]
    planned = rules.interval * rules.spacing
    taken = max(planned // 4, min(planned * 4, last_time - first_time))
    base = first_bits if rules.retargeting is Retargeting.TESTNET4 else last_bits
    limit = target_of(rules.limit)
    old = target_of(base)
    assert old is not None and limit is not None
    return bits_of(min(old * taken // planned, limit))


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from([Retargeting.MAINNET, Retargeting.TESTNET4, Retargeting.CONSTANT]),
    st.sampled_from([2, 5, 12]),
    st.integers(0, 2**32),
    st.integers(0, 40),
)
def test_random_chains(retargeting: Retargeting, interval: int, seed: int, first_known: int) -> None:
    """Also where the first headers are not known: then the rules say nothing, or the same."""
    rules, random = Rules(retargeting, 0x1D00FFFF, interval, 600), Random(seed)
    headers = [(1_700_000_000, 0x1C00FFFF if retargeting is not Retargeting.CONSTANT else rules.limit)]
    histories = [next_history(rules, None, 0, "0", *headers[0])]
    late: History | None = None
    silent = 0
    for height in range(1, 80):
        pace = random.choice([1, 1, 60, 600, 1_200, 1_201, 4_000])
        time = headers[-1][0] + random.choice([pace, pace, -pace])
        bits = core(rules, headers, time)
        assert expected_bits(rules, histories[-1], time) == bits
        if late is not None:
            found = expected_bits(rules, late, time)
            assert found in (bits, None)
            silent += found is None
        headers.append((time, bits))
        histories.append(next_history(rules, histories[-1], height, str(height), time, bits))
        if height >= first_known:
            late = next_history(rules, late, height, str(height), time, bits)
            # From the second period on everything is known again.
            assert silent <= interval
    times = [time for time, _ in headers]
    assert [history.median_time for history in histories] == median_times(times)
    assert [history.height for history in histories] == list(range(80))
    assert all(len(after.times) == min(len(before.times) + 1, 11) for before, after in pairwise(histories))


def test_the_rule_for_late_blocks_of_testnet4() -> None:
    """More than 20 minutes after the block before, a block may have the easiest target; the next one may not."""
    rules = load_parameters(Chain.TESTNET4).rules
    hard, time = 0x1B0404CB, 1_714_777_860
    history = next_history(rules, None, 2016, "a", time, hard)
    assert expected_bits(rules, history, time + 1_200) == hard
    assert expected_bits(rules, history, time + 1_201) == rules.limit
    history = next_history(rules, history, 2017, "b", time + 1_201, rules.limit)
    assert expected_bits(rules, history, time + 1_202) == hard
    assert expected_bits(rules, history, time + 2_401) == hard
    assert expected_bits(rules, history, time + 2_402) == rules.limit


def test_the_block_storm_fix_of_testnet4() -> None:
    """BIP 94: the next period starts from the bits of the first block, whatever those of the last one are."""
    rules = load_parameters(Chain.TESTNET4).rules
    hard, time = 0x1B0404CB, 1_714_777_860
    history = next_history(rules, None, 2016, "a", time, hard)
    for number in range(1, 2016):
        bits = rules.limit if number == 2015 else hard
        history = next_history(rules, history, 2016 + number, "a", time + 600 * number, bits)
    # 2,015 distances of ten minutes are counted where 2,016 are planned.
    target = target_of(hard)
    assert target is not None
    assert expected_bits(rules, history, history.times[-1] + 600) == bits_of(target * 2015 // 2016)


def test_a_chain_that_nobody_mines_demands_nothing() -> None:
    rules = load_parameters(Chain.SAMPLE).rules
    assert expected_bits(rules, next_history(rules, None, 0, "a", 1, 0x1D00FFFF), 2) is None
