"""Parse raw blocks into columns (Bitcoin Core's serialisation, BIP 144)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dagster_project.blocks.columns import BlockColumns, Slices, reversed_hashes
from dagster_project.blocks.sha256 import HASH_BYTES, Bytes, Integers, double_sha256, read_only
from dagster_project.blocks.walk import FAULTS, HEADER_BYTES, WHOLE, Counts, count_rows, fill_columns

# A complete block never ends with this many zero bytes: it ends with an output or a signature, and a lock time. Space
# that a node has preallocated is zero on disk, also in XORed files.
UNWRITTEN_BYTES = 64


class DamagedBlockError(ValueError):
    """Some bytes are not a block.

    Attributes:
        number: index of the block among those given.
        fault: what is wrong with it, as text that follows "Block ...".
    """

    def __init__(self, number: int, fault: str) -> None:
        super().__init__(fault)
        self.number, self.fault = number, fault


@dataclass(frozen=True)
class ParsedBlocks:
    """Raw blocks as columns, with the witness data that other sources do not have.

    Attributes:
        columns: the blocks; ids of blocks and transactions are computed from the bytes.
        wtxids: ids of the transactions with their witnesses, in the order of the hash function; 0 for coinbases.
        witness_nonces: witness of each block's coinbase; rows of 32 bytes, 0 where it has none.
        has_witness: whether any transaction of the block has a witness.
    """

    columns: BlockColumns
    wtxids: Bytes
    witness_nonces: Bytes
    has_witness: np.ndarray[Any, np.dtype[np.bool_]]


def parse_blocks(data: Bytes, starts: Integers, lengths: Integers, heights: Integers) -> ParsedBlocks:
    """Parse some consecutive blocks.

    Args:
        data: a buffer that holds the blocks.
        starts: offset of each block in the buffer.
        lengths: bytes of each block.
        heights: height of each block; -1 where it is not known.

    Raises:
        DamagedBlockError: some bytes are not a block.
    """
    data = read_only(data)
    counts, number, fault = count_rows(data, starts, lengths)
    if fault != WHOLE:
        raise DamagedBlockError(int(number), FAULTS[fault])
    blocks = len(starts)
    transactions, inputs, outputs = (int(total) for total in counts.sum(axis=0))
    table = _Table(
        block_script=np.empty((blocks, 2), dtype=np.int64),
        witness_nonces=np.zeros((blocks, HASH_BYTES), dtype=np.uint8),
        has_witness=np.zeros(blocks, dtype=np.bool_),
        transaction_start=np.empty(transactions, dtype=np.int64),
        sizes=np.empty(transactions, dtype=np.int64),
        stripped_start=np.empty(transactions, dtype=np.int64),
        stripped_sizes=np.empty(transactions, dtype=np.int64),
        versions=np.empty(transactions, dtype=np.uint32),
        lock_times=np.empty(transactions, dtype=np.uint32),
        input_starts=np.empty(transactions + 1, dtype=np.int64),
        output_starts=np.empty(transactions + 1, dtype=np.int64),
        spent_txids=np.empty((inputs, HASH_BYTES), dtype=np.uint8),
        spent_indexes=np.empty(inputs, dtype=np.uint32),
        sequences=np.empty(inputs, dtype=np.uint32),
        input_scripts=np.empty((inputs, 2), dtype=np.int64),
        values=np.empty(outputs, dtype=np.int64),
        output_scripts=np.empty((outputs, 2), dtype=np.int64),
        stripped=np.empty(int(lengths.sum()), dtype=np.uint8),
    )
    fill_columns(data, starts, *table.arrays())
    transaction_starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts[:, 0])])
    txids = double_sha256(table.stripped, table.stripped_start, table.stripped_sizes)
    headers = _headers(data, starts)
    overhead = HEADER_BYTES + _number_bytes(counts[:, 0])
    columns = BlockColumns(
        heights=heights,
        hashes=reversed_hashes(double_sha256(data, starts, np.full(blocks, HEADER_BYTES))),
        versions=headers["version"].copy(),
        previous_hashes=reversed_hashes(np.ascontiguousarray(headers["previous"])),
        merkle_roots=reversed_hashes(np.ascontiguousarray(headers["merkle"])),
        times=headers["time"].copy(),
        bits=headers["bits"].copy(),
        nonces=headers["nonce"].copy(),
        sizes=lengths.copy(),
        stripped_sizes=overhead + np.add.reduceat(table.stripped_sizes, transaction_starts[:-1])
        if blocks
        else lengths.copy(),
        coinbase_scripts=_slices(data, table.block_script),
        transaction_starts=transaction_starts,
        txids=reversed_hashes(txids),
        transaction_versions=table.versions,
        lock_times=table.lock_times,
        transaction_sizes=table.sizes,
        transaction_stripped_sizes=table.stripped_sizes,
        input_starts=table.input_starts,
        spent_txids=table.spent_txids,
        spent_indexes=table.spent_indexes,
        sequences=table.sequences,
        input_scripts=_slices(data, table.input_scripts),
        output_starts=table.output_starts,
        values=table.values,
        output_scripts=_slices(data, table.output_scripts),
    )
    return ParsedBlocks(
        columns, _wtxids(data, table, txids, transaction_starts), table.witness_nonces, table.has_witness
    )


def parse_one(data: Bytes, height: int = -1) -> ParsedBlocks:
    """Parse a buffer that holds one block.

    Raises:
        DamagedBlockError: the bytes are not a block.
    """
    return parse_blocks(data, np.zeros(1, dtype=np.int64), np.array([len(data)]), np.array([height]))


def parse_headers(data: Bytes, starts: Integers) -> "np.ndarray[Any, Any]":
    """The header fields of some blocks: version, previous, merkle, time, bits, nonce; hashes as serialised."""
    return _headers(data, starts)


@dataclass(frozen=True)
class _Table:
    """The arrays that ``fill_columns`` fills, in the order of its parameters."""

    block_script: Counts
    witness_nonces: Bytes
    has_witness: np.ndarray[Any, np.dtype[np.bool_]]
    transaction_start: Integers
    sizes: Integers
    stripped_start: Integers
    stripped_sizes: Integers
    versions: np.ndarray[Any, np.dtype[np.uint32]]
    lock_times: np.ndarray[Any, np.dtype[np.uint32]]
    input_starts: Integers
    output_starts: Integers
    spent_txids: Bytes
    spent_indexes: np.ndarray[Any, np.dtype[np.uint32]]
    sequences: np.ndarray[Any, np.dtype[np.uint32]]
    input_scripts: Counts
    values: Integers
    output_scripts: Counts
    stripped: Bytes

    def arrays(self) -> Sequence[np.ndarray[Any, Any]]:
        return [getattr(self, name) for name in self.__dataclass_fields__]


def _slices(data: Bytes, places: Counts) -> Slices:
    return Slices(data, np.ascontiguousarray(places[:, 0]), np.ascontiguousarray(places[:, 1]))


def _headers(data: Bytes, starts: Integers) -> "np.ndarray[Any, Any]":
    layout = np.dtype(
        [
            ("version", "<u4"),
            ("previous", "u1", 32),
            ("merkle", "u1", 32),
            ("time", "<u4"),
            ("bits", "<u4"),
            ("nonce", "<u4"),
        ]
    )
    rows = data[starts[:, None] + np.arange(HEADER_BYTES)]
    return np.ascontiguousarray(rows).view(layout).reshape(-1)


def _number_bytes(counts: Integers) -> Integers:
    """Bytes of each number as a Bitcoin variable-length integer."""
    return np.select([counts < 0xFD, counts <= 0xFFFF, counts <= 0xFFFFFFFF], [1, 3, 5], 9)


def _wtxids(data: Bytes, table: _Table, txids: Bytes, transaction_starts: Integers) -> Bytes:
    """The wtxids (BIP 141): a hash of the whole transaction; the txid if it has no witness; 0 for a coinbase."""
    wtxids = txids.copy()
    with_witness = np.flatnonzero(table.sizes != table.stripped_sizes)
    wtxids[with_witness] = double_sha256(data, table.transaction_start[with_witness], table.sizes[with_witness])
    wtxids[transaction_starts[:-1]] = 0
    return wtxids
