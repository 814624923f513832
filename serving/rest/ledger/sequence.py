"""Numbers that order the ledger: of its entries, and of its transactions.

The number of an entry says where it stands: block, transaction, place in the transaction. So a number is found without
counting what lies before it, and does not change when the ledger grows. Numbers rise along the chain and leave gaps.
"""

# A block has fewer than 2^15 - 1 transactions and a transaction fewer than 2^17 entries: the smallest ones take 240 and
# 36 of the 4,000,000 units of weight of a block.
BLOCK = 2**32
TRANSACTION = 2**17
LAST = 2**63 - 1
# Heights are kept in 32 bits.
LAST_HEIGHT = 2**31 - 1

# The entries of an overwritten coinbase (BIP30) come before their block's transactions, with tx_index -1.
ENTRY = f"(height::bigint * {BLOCK} + (tx_index + 1) * {TRANSACTION} + entry_index)"
POSITION = f"(height::bigint * {BLOCK} + tx_index)"


def first_in(height: int) -> int:
    """The lowest number that an entry of a block, or of one above it, can have."""
    return min(max(height, 0), LAST_HEIGHT) * BLOCK


def last_in(height: int) -> int:
    """The highest number that an entry of a block, or of one below it, can have; -1 below block 0."""
    return (min(height, LAST_HEIGHT) + 1) * BLOCK - 1 if height >= 0 else -1


def height_of(number: int) -> int:
    """The height of the block that an entry or a transaction stands in."""
    return min(number // BLOCK, LAST_HEIGHT)
