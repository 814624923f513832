"""Merkle roots of many blocks at once against the plain recursion, and lists whose entries repeat."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_project.blocks.merkle import merkle_roots
from dagster_project.blocks.parse import parse_one
from dagster_project.blocks.proof import prove_merkle_roots
from dagster_project.errors import DisprovenError
from tests.blocks.raw import Block, array, random_block
from tests.reference.serialise import merkle_root, written


def roots(lists: list[list[bytes]]) -> tuple[list[str], list[bool]]:
    """The roots of lists of hashes, and whether entries repeat."""
    starts = np.concatenate([[0], np.cumsum([len(one) for one in lists])])
    found, repeats = merkle_roots(array(b"".join(b"".join(one) for one in lists)).reshape(-1, 32), starts)
    return [written(row.tobytes()) for row in found], repeats.tolist()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=12), st.integers(0, 2**32))
def test_any_lists(sizes: list[int], seed: int) -> None:
    random = Random(seed)
    lists = [[random.randbytes(32) for _ in range(size)] for size in sizes]
    expected = [merkle_root([written(one) for one in each]) for each in lists]
    assert roots(lists) == (expected, [False] * len(lists))


@pytest.mark.parametrize("size", range(2, 34))
def test_repeated_entries_are_told(size: int) -> None:
    """CVE-2012-2459: a list and one whose last entries are repeated have the same root."""
    random = Random(size)
    plain = [random.randbytes(32) for _ in range(size)]
    # The entries below the last node of a level that has an odd number of nodes.
    for level in range(6):
        nodes = -(-size // 2**level)
        if nodes == 1 or nodes % 2 == 0 or size % 2**level:
            continue
        longer = plain + plain[-(2**level) :]
        found, repeats = roots([plain, longer, plain])
        assert found[0] == found[1] == found[2]
        assert repeats == [False, True, False]


def test_equal_neighbours_that_are_not_hashed_together_are_no_repetition() -> None:
    one, two, three = (bytes([number]) * 32 for number in range(3))
    assert roots([[one, two, two, three]])[1] == [False]
    assert roots([[one, one, two, three]])[1] == [True]


def test_a_block_with_repeated_transactions_is_refused() -> None:
    block = random_block(Random(3), 3)
    whole = parse_one(array(block.data()), 100)
    prove_merkle_roots(whole.columns)
    longer = Block(block.header, [*block.transactions, block.transactions[-1]])
    with pytest.raises(
        DisprovenError, match=r"^Block 100: entries of its list of transactions are repeated.*2012-2459"
    ):
        prove_merkle_roots(parse_one(array(longer.data()), 100).columns)
    swapped = Block(block.header, [block.transactions[0], *block.transactions[:0:-1]])
    with pytest.raises(
        DisprovenError, match=r"^Block 100: its 3 transactions have the Merkle root \w+, but its header"
    ):
        prove_merkle_roots(parse_one(array(swapped.data()), 100).columns)
