"""Ids of transactions that spend each other: each depends on the ids of the transactions that it spends."""

from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numba
import numpy as np

from dagster_project.blocks.columns import BlockColumns, reversed_hashes
from dagster_project.blocks.proof import replaced
from dagster_project.blocks.serialise import serialised_transactions
from dagster_project.blocks.sha256 import HASH_BYTES, Bytes, Integers, double_sha256

_VERSION_BYTES = 4
_INDEX_BYTES = 4
_SEQUENCE_BYTES = 4

Levels = np.ndarray[Any, np.dtype[np.int32]]


class IdFile:
    """Ids by number, from 0, in a file: long chains have too many for memory.

    Use it as a context manager. An error while writing, such as a full disk, is an ``OSError``.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("wb")
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __len__(self) -> int:
        return self._count

    def add(self, ids: Bytes) -> None:
        """Append ids, rows of 32 bytes."""
        self._file.write(np.ascontiguousarray(ids).data)
        self._file.flush()
        self._count += len(ids)

    def of(self, numbers: Integers) -> Bytes:
        """The ids of some numbers."""
        if not len(numbers):
            return np.empty((0, HASH_BYTES), dtype=np.uint8)
        # Mapped anew each time, so that pages that were read do not accumulate in memory.
        known = np.memmap(self._path, dtype=np.uint8, mode="r", shape=(self._count, HASH_BYTES))
        return np.asarray(known[numbers])


def with_ids(columns: BlockColumns, parents: Integers) -> BlockColumns:
    """Return blocks with transaction ids, the spent ids of inputs, and stripped sizes filled in.

    Args:
        columns: the blocks; only ids of spent transactions outside of these blocks are used.
        parents: by input, the position of the transaction that it spends; -1 if that is not in these blocks.
    """
    data, starts, sizes = serialised_transactions(columns)
    level = _levels(columns.input_starts, parents)
    order = np.argsort(level, kind="stable")
    bounds = np.searchsorted(level[order], np.arange(int(level.max(initial=0)) + 2))
    txids = np.empty((len(starts), HASH_BYTES), dtype=np.uint8)
    spent_txids = columns.spent_txids.copy()
    # A transaction's level is the length of its longest chain of ancestors within these blocks.
    for first, last in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        rows = order[first:last]
        if first:
            _fill_in(
                data, starts, rows, columns.input_starts, columns.input_scripts.lengths, parents, txids, spent_txids
            )
        txids[rows] = reversed_hashes(double_sha256(data, starts[rows], sizes[rows]))
    return replaced(columns, txids=txids, spent_txids=spent_txids, transaction_stripped_sizes=sizes)


@numba.njit(nogil=True, cache=True)
def _levels(input_starts: Integers, parents: Integers) -> Levels:
    """By transaction, one more than the highest level of its parents in these blocks; 0 without such parents."""
    level = np.zeros(len(input_starts) - 1, dtype=np.int32)
    for transaction in range(len(level)):
        for row in range(input_starts[transaction], input_starts[transaction + 1]):
            if parents[row] >= 0:
                level[transaction] = max(level[transaction], level[parents[row]] + 1)
    return level


@numba.njit(nogil=True, cache=True)
def _fill_in(
    data: Bytes,
    starts: Integers,
    rows: Integers,
    input_starts: Integers,
    script_lengths: Integers,
    parents: Integers,
    txids: Bytes,
    spent_txids: Bytes,
) -> None:
    """Write the ids of spent transactions into some serialised transactions, and into ``spent_txids``."""
    for place in range(len(rows)):
        transaction = rows[place]
        first, last = input_starts[transaction], input_starts[transaction + 1]
        at = starts[transaction] + _VERSION_BYTES + _number_bytes(int(last - first))
        for row in range(first, last):
            if parents[row] >= 0:
                for byte in range(HASH_BYTES):
                    spent_txids[row, byte] = txids[parents[row], byte]
                    data[at + byte] = txids[parents[row], HASH_BYTES - 1 - byte]
            length = script_lengths[row]
            at += HASH_BYTES + _INDEX_BYTES + _number_bytes(length) + length + _SEQUENCE_BYTES


@numba.njit(nogil=True, cache=True)
def _number_bytes(value: int) -> int:
    """Bytes of a variable-length integer."""
    if value < 0xFD:
        return 1
    return 3 if value <= 0xFFFF else 5
