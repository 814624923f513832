"""Chains of regtest with a chosen number of blocks each day, for tests that need days of some length."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from tests.reference.chain_builder import ChainBuilder
from tests.reference.consensus_time import block_days
from tests.reference.parameters import parameters
from tests.reference.random_chain import ChainOptions, RandomChain

# As mainnet began: block 0 alone, five days without, and a last day that is not complete.
EARLY_BLOCKS = (0, 0, 0, 0, 0, 19, 61, 93, 82)
FIRST = date(2011, 2, 2)
LAST = FIRST + timedelta(8)
# The only block with a second transaction, as on mainnet.
EARLY_PAYMENT = 170
# Sixty days with transactions; block 0 is of years before.
LATE_FIRST = date(2024, 1, 20)
LATE_BLOCKS = (20, *[10] * 59)
# How many blocks the median of eleven header times lags behind.
LAG = 5
DAY = 86_400


def shaped_chain(options: ChainOptions, first: date, blocks: Sequence[int], paying: range) -> RandomChain:
    """Build a chain of block 0 and of so many blocks each day: the same arguments, the same chain.

    Args:
        options: of all that is random; what they say of numbers and days is not used.
        first: day of the first number.
        blocks: how many blocks are on each day, by consensus time; at least 16 on the first one that has any.
        paying: heights of the blocks that may have more than their coinbase.
    """
    day_of = [offset for offset, count in enumerate(blocks) for _ in range(count)]
    builder = ChainBuilder(options)
    builder.add_block(0, parameters("regtest").genesis_time, quiet=True)
    midnight = int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp())
    for height in range(1, len(day_of) + 1):
        day = day_of[min(height - 1 + LAG, len(day_of) - 1)]
        builder.add_block(height, midnight + day * DAY + 60 * height, quiet=height not in paying)
    found = block_days([row["timestamp"] for row in builder.result.blocks])
    assert found[1:] == [first + timedelta(offset) for offset in day_of]
    return builder.result


def early_chain() -> RandomChain:
    """Build the chain that begins as mainnet did."""
    options = ChainOptions(seed=2, payments=1, duplicates=False)
    chain = shaped_chain(options, FIRST + timedelta(1), EARLY_BLOCKS, range(EARLY_PAYMENT, EARLY_PAYMENT + 1))
    assert [row["number"] for row in chain.blocks if row["transaction_count"] > 1] == [EARLY_PAYMENT]
    return chain


def late_chain() -> RandomChain:
    """Build the chain of sixty days with transactions."""
    options = ChainOptions(seed=3, payments=5, duplicates=False)
    return shaped_chain(options, LATE_FIRST, LATE_BLOCKS, paying=range(20, sum(LATE_BLOCKS)))
