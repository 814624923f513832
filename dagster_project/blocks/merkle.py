"""Merkle roots of many blocks at once."""

import numpy as np

from dagster_project.blocks.sha256 import HASH_BYTES, Bytes, Integers, double_sha256


def merkle_roots(hashes: Bytes, starts: Integers) -> tuple[Bytes, "np.ndarray[tuple[int], np.dtype[np.bool_]]"]:
    """The Merkle root of each block's transactions.

    Args:
        hashes: ids of the transactions of all blocks, rows of 32 bytes in the order of the hash function.
        starts: index of each block's first transaction, and the total at the end; no block is empty.

    Returns:
        The roots, rows of 32 bytes in the order of the hash function, and for each block whether two nodes that are
        hashed together are equal. In that case a list with repeated entries has the same root (CVE-2012-2459), and the
        block must be refused.
    """
    counts = np.diff(starts)
    repeats = np.zeros(len(counts), dtype=np.bool_)
    level, begins = hashes.reshape(-1, HASH_BYTES), starts[:-1].astype(np.int64)
    while (counts > 1).any():
        blocks = np.arange(len(counts))
        pairs = (counts + 1) // 2
        ends = np.cumsum(pairs)
        block_of = np.repeat(blocks, pairs)
        place = np.arange(int(ends[-1])) - np.repeat(ends - pairs, pairs)
        left = begins[block_of] + 2 * place
        # The last of an odd number is hashed with itself.
        right = np.minimum(left + 1, begins[block_of] + counts[block_of] - 1)
        alike = (left != right) & (level[left] == level[right]).all(axis=1)
        repeats[block_of[alike]] = True
        nodes = np.concatenate([level[left], level[right]], axis=1).reshape(-1)
        hashed = double_sha256(nodes, 2 * HASH_BYTES * np.arange(len(left)), np.full(len(left), 2 * HASH_BYTES))
        # A block whose root is computed keeps it.
        finished = counts[block_of] == 1
        hashed[finished] = level[left[finished]]
        level, begins, counts = hashed, ends - pairs, pairs
    return level[begins], repeats
