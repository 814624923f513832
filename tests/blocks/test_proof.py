"""The proof of headers and sizes: every lie in a header is refused in one sentence that names the block."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from dagster_project.blocks.columns import BlockColumns, HeaderColumns
from dagster_project.blocks.difficulty import Retargeting, Rules, next_history
from dagster_project.blocks.parameters import load_parameters
from dagster_project.blocks.parse import ParsedBlocks, parse_blocks, parse_one
from dagster_project.blocks.proof import prove_headers, prove_sizes
from dagster_project.blocks.serialise import header_hashes
from dagster_project.blocks.witnesses import prove_witness_places, prove_witnesses
from dagster_project.errors import DisprovenError
from dagster_project.settings import Chain
from tests.blocks.raw import Block, array, random_block
from tests.blocks.test_difficulty import core
from tests.reference.chains import ChainOptions, build_chain
from tests.reference.serialise import double_sha256, target, written

REGTEST = load_parameters(Chain.REGTEST)
EASY = 0x207FFFFF
TESTNET4 = Rules(Retargeting.TESTNET4, EASY, 12, 600)


def parsed(raw: list[bytes]) -> ParsedBlocks:
    """Blocks from 0 on as columns."""
    lengths = np.array([len(data) for data in raw])
    return parse_blocks(array(b"".join(raw)), np.cumsum(lengths) - lengths, lengths, np.arange(len(raw)))


@pytest.fixture(scope="module")
def regtest() -> BlockColumns:
    """A chain of regtest that is true."""
    return parsed(build_chain(ChainOptions(seed=8, blocks=20, days=2)).raw_blocks).columns


def mine(previous: bytes, time: int, bits: int) -> bytes:
    """A header with enough work."""
    for nonce in range(2**32):
        fields = (time.to_bytes(4, "little"), bits.to_bytes(4, "little"), nonce.to_bytes(4, "little"))
        header = b"\x01\0\0\0" + previous + bytes(32) + b"".join(fields)
        if int.from_bytes(double_sha256(header), "little") <= target(f"{bits:08x}"):
            return header
    raise AssertionError


def chain_of(times: list[int], rules: Rules, spoil: dict[int, int] | None = None) -> HeaderColumns:
    """Mined headers at some times with the bits that the rules demand, or others at some heights."""
    headers: list[tuple[int, int]] = []
    raw: list[bytes] = []
    for height, time in enumerate(times):
        bits = core(rules, headers, time) if height else EASY
        bits = (spoil or {}).get(height, bits)
        raw.append(mine(double_sha256(raw[-1]) if raw else bytes(32), time, bits))
        headers.append((time, bits))
    block = random_block(Random(1), 1).data()[80:]
    return parsed([header + block for header in raw]).columns.headers()


def test_a_true_chain_passes_from_any_block_on(regtest: BlockColumns) -> None:
    histories = prove_headers(regtest, REGTEST.rules, REGTEST.genesis_hash, None)
    assert [history.height for history in histories] == regtest.heights.tolist()
    for first in (1, 5, 20):
        again = prove_headers(regtest.block_part(first, len(regtest)), REGTEST.rules, "", histories[first - 1])
        assert again == histories[first:]
    assert prove_headers(regtest.block_part(0, 0), REGTEST.rules, "", None) == []


Change = Callable[[HeaderColumns], HeaderColumns]


def column(name: str, change: Callable[[int], int], row: int = 5) -> Change:
    """Another number in one block."""

    def apply(columns: HeaderColumns) -> HeaderColumns:
        changed = getattr(columns, name).copy()
        changed[row] = change(int(changed[row]))
        return replace(columns, **{name: changed})

    return apply


def flipped(name: str, row: int = 5) -> Change:
    """One bit of a hash flipped."""

    def apply(columns: HeaderColumns) -> HeaderColumns:
        changed = getattr(columns, name).copy()
        changed[row, 31] ^= 1
        return replace(columns, **{name: changed})

    return apply


def renamed(change: Change) -> Change:
    """A change after which the ids fit again."""

    def apply(columns: HeaderColumns) -> HeaderColumns:
        changed = change(columns)
        return replace(changed, hashes=header_hashes(changed))

    return apply


HASH = r"^Block 5: its header \(version, .*\) has the hash \w{64}, but the block is said to be \w{64}\.$"
LIES = {
    "version": (column("versions", lambda value: value ^ 1), HASH),
    "previous hash": (flipped("previous_hashes"), HASH),
    "Merkle root": (flipped("merkle_roots"), HASH),
    "time": (column("times", lambda value: value + 1), HASH),
    "bits": (column("bits", lambda value: value - 1), HASH),
    "nonce": (column("nonces", lambda value: value + 1), HASH),
    "hash": (flipped("hashes"), HASH),
    "another parent": (
        renamed(flipped("previous_hashes")),
        r"^Block 5: its header says that block \w{64} is before it, but block 4 is \w{64}\.$",
    ),
    "a height is left out": (column("heights", lambda value: 6), r"^Block 6 stands after block 4: one is missing\.$"),
    "another genesis": (
        renamed(column("nonces", lambda value: 7, 0)),
        r"^Block 0 is \w{64}, but the chain begins with",
    ),
    "no work": (
        renamed(column("bits", lambda value: 0x1D00FFFF)),
        r"^Block 5: its hash \w{64} is above the target of its bits 1d00ffff: no work\.$",
    ),
    "bits that are no target": (
        renamed(column("bits", lambda value: 0xFF000000)),
        r"^Block 5: its bits ff000000 are no target of this chain\.$",
    ),
    "bits above the limit": (
        renamed(column("bits", lambda value: 0x217FFFFF)),
        r"^Block 5: its bits 217fffff are no target of this chain\.$",
    ),
}


@pytest.mark.parametrize(("lie", "sentence"), LIES.values(), ids=LIES)
def test_lies_in_headers(regtest: BlockColumns, lie: Change, sentence: str) -> None:
    with pytest.raises(DisprovenError, match=sentence):
        prove_headers(lie(regtest.headers()), REGTEST.rules, REGTEST.genesis_hash, None)


def test_a_block_0_with_a_parent() -> None:
    columns = parsed([mine(b"\x01" + bytes(31), 1, EASY) + random_block(Random(1), 1).data()[80:]]).columns
    with pytest.raises(DisprovenError, match=r"^Block 0 has a block before it, 0{62}01\.$"):
        prove_headers(columns, REGTEST.rules, "", None)


TIMES = [1_700_000_000 + 600 * number for number in range(30)]


def test_retargets_are_proven() -> None:
    quick = [1_700_000_000 + 100 * number for number in range(30)]
    columns = chain_of(quick, TESTNET4)
    prove_headers(columns, TESTNET4, "", None)
    assert len(set(columns.bits.tolist())) == 3
    with pytest.raises(
        DisprovenError, match=r"^Block 12: its bits 207fffff, but|^Block 12: its bits are 207fffff, but"
    ):
        prove_headers(chain_of(quick, TESTNET4, {12: EASY}), TESTNET4, "", None)
    with pytest.raises(DisprovenError, match=r"^Block 20: its bits are 2000ffff, but the chain demands \w{8} there\.$"):
        prove_headers(chain_of(quick, TESTNET4, {20: 0x2000FFFF}), TESTNET4, "", None)


def test_times_must_be_after_the_median() -> None:
    median = TIMES[14]  # of blocks 9 to 19
    prove_headers(chain_of([*TIMES[:20], median + 1], TESTNET4), TESTNET4, "", None)
    with pytest.raises(
        DisprovenError, match=rf"^Block 20: its time {median} is not after {median}, the median time of"
    ):
        prove_headers(chain_of([*TIMES[:20], median], TESTNET4), TESTNET4, "", None)


def test_periods_of_testnet4_do_not_begin_long_before_the_last_one_ended() -> None:
    allowed = [*TIMES[:12], TIMES[11] - 600]
    prove_headers(chain_of(allowed, TESTNET4), TESTNET4, "", None)
    for rules, refused in ((TESTNET4, True), (replace(TESTNET4, retargeting=Retargeting.MAINNET), False)):
        columns = chain_of([*TIMES[:12], TIMES[11] - 601], rules)
        if not refused:
            prove_headers(columns, rules, "", None)
            continue
        with pytest.raises(DisprovenError, match=r"^Block 12: its time \d+ lies more than 600 seconds before"):
            prove_headers(columns, rules, "", None)


def test_without_the_blocks_before_nothing_is_demanded_that_they_decide() -> None:
    columns = chain_of([*TIMES[:20], TIMES[3]], TESTNET4)
    part = HeaderColumns.joined([columns])
    last = replace(part, **{name: getattr(part, name)[20:] for name in HeaderColumns.__dataclass_fields__})
    assert prove_headers(last, TESTNET4, "", None)[0].median_time is None
    known = next_history(TESTNET4, None, 19, written(columns.hashes[19].tobytes()[::-1]), TIMES[19], EASY)
    assert len(prove_headers(last, TESTNET4, "", known)) == 1


def test_sizes_that_do_not_add_up() -> None:
    columns = parse_one(array(random_block(Random(2), 5).data()), 9).columns
    prove_sizes(columns)
    for name, what in (("sizes", "size"), ("stripped_sizes", "stripped size")):
        with pytest.raises(
            DisprovenError, match=rf"^Block 9: its header and transactions have a {what} of \d+ bytes, bu"
        ):
            prove_sizes(replace(columns, **{name: getattr(columns, name) + 1}))
    with pytest.raises(DisprovenError, match=r"^Block 9: its header and transactions have a size of \d+ bytes, but"):
        prove_sizes(replace(columns, transaction_sizes=columns.transaction_sizes + 1))
    least = columns.transaction_stripped_sizes
    moved = least.copy()
    moved[0] -= 1
    moved[1] += 1
    same = replace(columns, sizes=columns.stripped_sizes, transaction_sizes=moved)
    with pytest.raises(
        DisprovenError, match=r"^Block 9, transaction 0 is said to have \d+ bytes, fewer than its fields"
    ):
        prove_sizes(same)


def test_witnesses_that_the_coinbase_does_not_commit_to() -> None:
    block = random_block(Random(6), 6)
    assert any(transaction.has_witness for transaction in block.transactions[1:])
    prove_witnesses(parse_one(array(block.data())))
    spent = next(i for t in block.transactions[1:] for i in t.inputs if any(i.witness))
    spent.witness = [item[:-1] + bytes([item[-1] ^ 1]) if item else item for item in spent.witness]
    with pytest.raises(
        DisprovenError, match=r"its witnesses have the commitment \w{64}, but its coinbase says \w{64}\."
    ):
        prove_witnesses(parse_one(array(block.data())))
    block.transactions[0].outputs = block.transactions[0].outputs[:-1]
    with pytest.raises(DisprovenError, match=r"its witnesses have the commitment \w{64}, but its coinbase says none\."):
        prove_witnesses(parse_one(array(block.data())))


def without_witnesses(block: Block) -> Block:
    """The block as a node sends it that has its witnesses no more: nothing else is changed."""
    for transaction in block.transactions:
        for item in transaction.inputs:
            item.witness = []
    return block


def test_witnesses_that_are_left_out() -> None:
    """Ids, Merkle root and sizes fit: only the commitment tells that something was there."""
    block = random_block(Random(6), 6)
    whole = parse_one(array(block.data()), 9).columns
    prove_witness_places(whole, 0)
    prove_witness_places(whole.block_part(0, 0), 0)
    bare = parse_one(array(without_witnesses(block).data()), 9)
    prove_witnesses(bare)
    prove_sizes(bare.columns)
    with pytest.raises(DisprovenError, match=r"^Block 9: its coinbase commits to the witnesses .* said to take 0: the"):
        prove_witness_places(bare.columns, 9)
    # Before blocks could have witnesses miners wrote commitments too.
    prove_witness_places(bare.columns, 10)
    # As a source may say that tells sizes only.
    sizes = whole.transaction_sizes.copy()
    sizes[0] -= 1
    with pytest.raises(DisprovenError, match=r"^Block 9: .* takes 36 bytes, but it is said to take 35: the source"):
        prove_witness_places(replace(whole, transaction_sizes=sizes), 10)


def test_witnesses_without_a_commitment() -> None:
    block = random_block(Random(6), 6)
    block.transactions[0].outputs = block.transactions[0].outputs[:-1]
    with pytest.raises(DisprovenError, match=r"^Block 9: .* have witnesses, but its coinbase commits to none\.$"):
        prove_witness_places(parse_one(array(block.data()), 9).columns, 0)
