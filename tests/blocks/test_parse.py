"""The parser of raw blocks against a second one in plain Python, on whole and on damaged blocks."""

import os
import subprocess
import sys
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_project.blocks.parse import DamagedBlockError, ParsedBlocks, parse_blocks, parse_one
from dagster_project.blocks.serialise import header_hashes, transaction_ids
from dagster_project.blocks.walk import FAULTS
from dagster_project.errors import DisprovenError
from dagster_project.lake.contents import prove_parsed
from dagster_project.settings import ProofMode
from tests.blocks.raw import LONG_LENGTHS, Block, Transaction, array, blocks, random_block, read_block, rows, strings
from tests.chain.shaped_chain import late_chain
from tests.conftest import SHARED
from tests.node import read_raw_blocks
from tests.reference.serialise import double_sha256, written

many = settings(max_examples=60, deadline=None)


def parse_all(found: list[Block], before: bytes = b"", after: bytes = b"") -> ParsedBlocks:
    """Parse blocks that lie one behind the other in a buffer, with other bytes around them."""
    raw = [block.data() for block in found]
    lengths = np.array([len(data) for data in raw], dtype=np.int64)
    starts = len(before) + np.cumsum(lengths) - lengths
    return parse_blocks(array(before + b"".join(raw) + after), starts, lengths, np.arange(len(raw)))


def assert_equal(parsed: ParsedBlocks, expected: list[Block]) -> None:
    """Compare every column with what the blocks hold."""
    columns = parsed.columns
    raw = [block.data() for block in expected]
    transactions = [t for block in expected for t in block.transactions]
    inputs = [item for block in expected for t in block.transactions[1:] for item in t.inputs]
    outputs = [output for t in transactions for output in t.outputs]
    bare = [t.data(witnesses=False) for t in transactions]

    def field(start: int) -> list[int]:
        return [int.from_bytes(block.header[start : start + 4], "little") for block in expected]

    assert rows(columns.hashes) == [written(double_sha256(data[:80])) for data in raw]
    assert rows(columns.previous_hashes) == [written(block.header[4:36]) for block in expected]
    assert rows(columns.merkle_roots) == [written(block.header[36:68]) for block in expected]
    assert columns.versions.tolist() == field(0) and columns.times.tolist() == field(68)
    assert columns.bits.tolist() == field(72) and columns.nonces.tolist() == field(76)
    assert columns.sizes.tolist() == [len(data) for data in raw]
    saved = [sum(len(t.data()) - len(t.data(witnesses=False)) for t in block.transactions) for block in expected]
    assert columns.stripped_sizes.tolist() == [len(data) - less for data, less in zip(raw, saved, strict=True)]
    assert columns.transaction_counts.tolist() == [len(block.transactions) for block in expected]
    assert strings(columns.coinbase_scripts) == [block.transactions[0].inputs[0].script for block in expected]
    assert rows(columns.txids) == [written(double_sha256(data)) for data in bare]
    assert columns.transaction_versions.tolist() == [t.version for t in transactions]
    assert columns.lock_times.tolist() == [t.lock_time for t in transactions]
    assert columns.transaction_sizes.tolist() == [len(t.data()) for t in transactions]
    assert columns.transaction_stripped_sizes.tolist() == [len(data) for data in bare]
    counts = [0 if place == 0 else len(t.inputs) for block in expected for place, t in enumerate(block.transactions)]
    assert np.diff(columns.input_starts).tolist() == counts
    assert np.diff(columns.output_starts).tolist() == [len(t.outputs) for t in transactions]
    assert rows(columns.spent_txids) == [written(item.txid) for item in inputs]
    assert columns.spent_indexes.tolist() == [item.index for item in inputs]
    assert columns.sequences.tolist() == [item.sequence for item in inputs]
    assert strings(columns.input_scripts) == [item.script for item in inputs]
    assert columns.values.tolist() == [value for value, _ in outputs]
    assert strings(columns.output_scripts) == [script for _, script in outputs]
    wtxids = [
        bytes(32) if place == 0 else double_sha256(t.data())
        for block in expected
        for place, t in enumerate(block.transactions)
    ]
    assert [row.tobytes() for row in parsed.wtxids] == wtxids
    assert parsed.has_witness.tolist() == [any(t.has_witness for t in block.transactions) for block in expected]
    nonces = [block.transactions[0].inputs[0].witness for block in expected]
    assert [row.tobytes() for row in parsed.witness_nonces] == [nonce[0] if nonce else bytes(32) for nonce in nonces]


@many
@given(st.lists(blocks(), min_size=1, max_size=4), st.binary(max_size=9), st.binary(max_size=9))
def test_random_blocks(found: list[Block], before: bytes, after: bytes) -> None:
    parsed = parse_all(found, before, after)
    assert_equal(parsed, found)
    assert [read_block(block.data()) for block in found] == found
    prove_parsed(parsed, np.zeros(len(found), dtype=np.int64), ProofMode.REQUIRED, 0)
    # The same ids from the columns alone. What a coinbase's sequence is, these do not tell.
    first = found[0].transactions[0].inputs[0].sequence
    ids, sizes = transaction_ids(parse_all(found[:1]).columns, first)
    assert rows(ids) == rows(parsed.columns.txids[: len(found[0].transactions)])
    assert sizes.tolist() == parsed.columns.transaction_stripped_sizes[: len(ids)].tolist()
    assert rows(header_hashes(parsed.columns)) == rows(parsed.columns.hashes)


@pytest.mark.parametrize("parts", [252, 253, 300])
def test_counts_and_lengths_that_take_more_bytes(parts: int) -> None:
    random = Random(parts)
    wide = random_block(random, 3, parts, LONG_LENGTHS)
    wide.transactions[1].inputs = wide.transactions[1].inputs[:1] * parts
    many_transactions = random_block(random, parts, 1)
    assert_equal(parse_all([wide, many_transactions]), [wide, many_transactions])


def test_counts_of_five_bytes() -> None:
    block = random_block(Random(5), 2)
    payment = block.transactions[1]
    payment.outputs = [(number, b"\x51") for number in range(0x10001)]
    payment.inputs = payment.inputs[:1] * 0x10000
    assert_equal(parse_all([block]), [block])


def test_no_blocks_at_all() -> None:
    none = np.zeros(0, dtype=np.int64)
    parsed = parse_blocks(array(b""), none, none, none)
    assert len(parsed.columns) == len(parsed.columns.txids) == len(parsed.wtxids) == 0


def outcome(data: bytes, before: bytes = b"", after: bytes = b"") -> str | list[str]:
    """What the parser says of some bytes: what is wrong, or the ids."""
    start, length = np.array([len(before)]), np.array([len(data)])
    try:
        parsed = parse_blocks(array(before + data + after), start, length, np.array([7]))
    except DamagedBlockError as error:
        assert error.number == 0 and error.fault in FAULTS[1:]
        return error.fault
    return rows(parsed.columns.hashes) + rows(parsed.columns.txids) + rows(parsed.wtxids)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_truncation_is_noticed(seed: int) -> None:
    block = random_block(Random(seed), 4).data()
    for length in range(len(block)):
        # Whatever lies behind the end must make no difference.
        found = [outcome(block[:length], b"\xaa", after) for after in (b"", block[length:], b"\xff" * 99, bytes(99))]
        assert isinstance(found[0], str), length
        assert len(set(map(str, found))) == 1, length
    assert outcome(block + b"\0") == "has bytes after its last transaction"


@settings(max_examples=400, deadline=None)
@given(st.integers(1, 20), st.integers(0, 2**32), st.lists(st.integers(0, 2**20), min_size=1, max_size=3))
def test_flipped_bits_are_read_as_by_the_other_parser_and_never_pass_the_proof(
    seed: int, place: int, bits: list[int]
) -> None:
    original = random_block(Random(seed), 1 + seed % 4).data()
    damaged = bytearray(original)
    for bit in bits:
        # Most of the time where counts and lengths are, which are few.
        at = (place + bit) % len(damaged)
        damaged[at] ^= 1 << bit % 8
    found = outcome(bytes(damaged), b"\x01" * 40, original)
    try:
        expected = read_block(bytes(damaged))
    except ValueError:
        assert isinstance(found, str)
        return
    parsed = parse_one(array(bytes(damaged)))
    assert_equal(parsed, [expected])
    if bytes(damaged) == original:
        return
    if rows(parsed.columns.hashes) == [written(double_sha256(original[:80]))]:
        with pytest.raises(DisprovenError):
            prove_parsed(parsed, np.zeros(1, dtype=np.int64), ProofMode.REQUIRED, 0)


DAMAGE = """
import hashlib
import numpy as np
from random import Random
from dagster_project.blocks import parse

def double_sha256(data, starts, lengths):
    data = data.tobytes()
    each = [data[s : s + n] for s, n in zip(starts.tolist(), lengths.tolist(), strict=True)]
    digests = [hashlib.sha256(hashlib.sha256(one).digest()).digest() for one in each]
    return np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(-1, 32)

parse.double_sha256 = double_sha256
from tests.blocks.raw import array, random_block

outcomes = {True: 0, False: 0}
for seed in range(6):
    random = Random(seed)
    block = random_block(random, 1 + seed % 3, 2).data()
    damaged = [block[:length] for length in range(0, len(block), 3)]
    for _ in range(250):
        data = bytearray(block)
        data[random.randrange(80, len(data))] ^= 1 << random.randrange(8)
        damaged.append(bytes(data))
    for data in damaged:
        try:
            parse.parse_one(array(data))
            outcomes[True] += 1
        except parse.DamagedBlockError:
            outcomes[False] += 1
assert min(outcomes.values()) > 100, outcomes
print("no index out of bounds")
"""


def test_nothing_outside_of_a_block_is_read() -> None:
    """Compiled code does not look at bounds; the same code in the interpreter fails at the first index beyond them."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", DAMAGE],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "no index out of bounds\n", done.stderr


def spoilt(block: Block, **changes: object) -> bytes:
    """The bytes of a block whose payment has other parts."""
    coinbase, payment = block.transactions
    parts = {"version": 2, "inputs": payment.inputs, "outputs": payment.outputs, "lock_time": 0} | changes
    return Block(block.header, [coinbase, Transaction(**parts)]).data()  # pyright: ignore[reportArgumentType]


def test_what_is_wrong_is_said() -> None:
    block = random_block(Random(9), 2)
    coinbase, payment = block.transactions
    for item in payment.inputs:
        item.witness = []
    null = coinbase.inputs
    header = block.header
    bare = coinbase.data(witnesses=False)
    said = {
        "ends in the middle of a field": block.data()[:-1],
        "has a number written in more bytes than it needs": header + b"\xfd\x02\x00" + block.data()[81:],
        "has a transaction without inputs or without outputs": spoilt(block, outputs=[]),
        "marks a transaction as one with witnesses that has none": (
            header + b"\x01" + bare[:4] + b"\x00\x01" + bare[4:-4] + b"\x00" + bare[-4:]
        ),
        "has a transaction with a flag that is not known": header + b"\x01" + bare[:4] + b"\x00\x02" + bare[4:],
        "has an output with an amount that cannot be": spoilt(block, outputs=[(21 * 10**14, b""), (1, b"")]),
        "does not begin with a coinbase": Block(header, [payment]).data(),
        "has a second coinbase, or an input that spends nothing": spoilt(block, inputs=[*payment.inputs, *null]),
        "has bytes after its last transaction": block.data() + b"\x00",
        "has no transactions": header + b"\x00",
    }
    assert sorted(said) == sorted(FAULTS[1:])
    assert {fault: outcome(data) for fault, data in said.items()} == {fault: fault for fault in said}
    assert outcome(spoilt(block, outputs=[(2**63, b"")])) == "has an output with an amount that cannot be"
    assert outcome(spoilt(block, outputs=[(21 * 10**14, b"")])) != "has an output with an amount that cannot be"


def test_the_first_damaged_block_is_named() -> None:
    random = Random(4)
    raw = [random_block(random, 2).data() for _ in range(4)]
    lengths = np.array([len(data) for data in raw])
    lengths[2] -= 1
    with pytest.raises(DamagedBlockError) as caught:
        parse_blocks(array(b"".join(raw)), np.cumsum(lengths) - lengths, lengths, np.arange(4))
    assert caught.value.number == 2


def test_real_blocks(subtests: pytest.Subtests) -> None:
    """Of two chains, or, where these are not at hand, of one made here."""
    files = {name: SHARED / "data" / name / "raw_blocks.hex.gz" for name in ("mainnet_0_255", "regtest_70_days")}
    chains = {name: list(map(bytes.fromhex, read_raw_blocks(path))) for name, path in files.items() if path.is_file()}
    for chain, raw in (chains or {"made here": late_chain().raw_blocks[1:]}).items():
        with subtests.test(chain):
            expected = [read_block(data) for data in raw]
            parsed = parse_all(expected)
            assert_equal(parsed, expected)
            assert len(raw) > 200
            prove_parsed(parsed, np.zeros(len(raw), dtype=np.int64), ProofMode.REQUIRED, 0)
