"""Consecutive blocks as columns (NumPy arrays): the common form of all sources, the verification and the lake."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numba
import numpy as np

from dagster_project.blocks.sha256 import HASH_BYTES, Bytes, Integers, read_only

Unsigned = np.ndarray[Any, np.dtype[np.uint32]]


@dataclass(frozen=True)
class Slices:
    """Byte strings of any length, each a slice of one buffer.

    Attributes:
        data: the buffer.
        starts: offset of each string in the buffer.
        lengths: bytes of each string.
    """

    data: Bytes
    starts: Integers
    lengths: Integers

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, number: int) -> bytes:
        """One of the strings."""
        start = int(self.starts[number])
        return self.data[start : start + int(self.lengths[number])].tobytes()

    def gathered(self, lengths: Integers) -> Bytes:
        """The strings concatenated; of each only its first ``lengths`` bytes."""
        return _gather(read_only(self.data), self.starts, lengths, int(lengths.sum()))

    def part(self, first: int, last: int) -> "Slices":
        """The strings from number ``first`` up to, but without, ``last``."""
        return Slices(self.data, self.starts[first:last], self.lengths[first:last])


@dataclass(frozen=True)
class HeaderColumns:
    """Headers of some consecutive blocks, in order of height.

    Hashes are rows of 32 bytes in display order, which is the reverse of the hash function's output.

    Attributes:
        heights: height of each block.
        hashes: the blocks' ids.
        versions: header field.
        previous_hashes: header field.
        merkle_roots: header field.
        times: header field, seconds since 1970.
        bits: header field, the target in compact form.
        nonces: header field.
    """

    heights: Integers
    hashes: Bytes
    versions: Unsigned
    previous_hashes: Bytes
    merkle_roots: Bytes
    times: Unsigned
    bits: Unsigned
    nonces: Unsigned

    def __len__(self) -> int:
        return len(self.heights)

    def headers(self) -> "HeaderColumns":
        """A copy of the headers alone, so that the memory of the other columns can be freed."""
        return HeaderColumns(*(getattr(self, column.name).copy() for column in fields(HeaderColumns)))

    @staticmethod
    def joined(parts: "Sequence[HeaderColumns]") -> "HeaderColumns":
        """Some headers and those that follow them."""
        return HeaderColumns(
            *(np.concatenate([getattr(part, column.name) for part in parts]) for column in fields(HeaderColumns))
        )


@dataclass(frozen=True)
class BlockColumns(HeaderColumns):
    """Some consecutive blocks, in order of height; transactions, inputs and outputs in their order in the chain.

    Attributes:
        sizes: bytes of the serialised blocks.
        stripped_sizes: the same without witnesses.
        coinbase_scripts: script of each coinbase's input.
        transaction_starts: index of each block's first transaction; one more entry at the end holds the total.
        txids: ids of the transactions.
        transaction_versions: transaction field.
        lock_times: transaction field.
        transaction_sizes: bytes of the serialised transactions.
        transaction_stripped_sizes: the same without witnesses.
        input_starts: index of each transaction's first input; one more entry at the end holds the total. The input of a
            coinbase has no row, because it spends nothing.
        spent_txids: id of the transaction whose output each input spends.
        spent_indexes: index of that output in its transaction.
        sequences: input field.
        input_scripts: input field.
        output_starts: index of each transaction's first output; one more entry at the end holds the total.
        values: amount of each output, in satoshi.
        output_scripts: output field.
    """

    sizes: Integers
    stripped_sizes: Integers
    coinbase_scripts: Slices
    transaction_starts: Integers
    txids: Bytes
    transaction_versions: Unsigned
    lock_times: Unsigned
    transaction_sizes: Integers
    transaction_stripped_sizes: Integers
    input_starts: Integers
    spent_txids: Bytes
    spent_indexes: Unsigned
    sequences: Unsigned
    input_scripts: Slices
    output_starts: Integers
    values: Integers
    output_scripts: Slices

    @property
    def weights(self) -> Integers:
        """Weight of each block (BIP 141)."""
        return 3 * self.stripped_sizes + self.sizes

    @property
    def transaction_counts(self) -> Integers:
        """How many transactions each block has."""
        return np.diff(self.transaction_starts)

    def block_of_transactions(self) -> Integers:
        """For each transaction, the index of its block."""
        return np.repeat(np.arange(len(self)), self.transaction_counts)

    def block_part(self, first: int, last: int) -> "BlockColumns":
        """The blocks from ``first`` (included) to ``last`` (excluded); all columns but the starts are views."""
        tx = slice(int(self.transaction_starts[first]), int(self.transaction_starts[last]))
        ins = slice(int(self.input_starts[tx.start]), int(self.input_starts[tx.stop]))
        outs = slice(int(self.output_starts[tx.start]), int(self.output_starts[tx.stop]))
        return BlockColumns(
            heights=self.heights[first:last],
            hashes=self.hashes[first:last],
            versions=self.versions[first:last],
            previous_hashes=self.previous_hashes[first:last],
            merkle_roots=self.merkle_roots[first:last],
            times=self.times[first:last],
            bits=self.bits[first:last],
            nonces=self.nonces[first:last],
            sizes=self.sizes[first:last],
            stripped_sizes=self.stripped_sizes[first:last],
            coinbase_scripts=self.coinbase_scripts.part(first, last),
            transaction_starts=self.transaction_starts[first : last + 1] - tx.start,
            txids=self.txids[tx],
            transaction_versions=self.transaction_versions[tx],
            lock_times=self.lock_times[tx],
            transaction_sizes=self.transaction_sizes[tx],
            transaction_stripped_sizes=self.transaction_stripped_sizes[tx],
            input_starts=self.input_starts[tx.start : tx.stop + 1] - ins.start,
            spent_txids=self.spent_txids[ins],
            spent_indexes=self.spent_indexes[ins],
            sequences=self.sequences[ins],
            input_scripts=self.input_scripts.part(ins.start, ins.stop),
            output_starts=self.output_starts[tx.start : tx.stop + 1] - outs.start,
            values=self.values[outs],
            output_scripts=self.output_scripts.part(outs.start, outs.stop),
        )


def reversed_hashes(hashes: Bytes) -> Bytes:
    """Reverse rows of 32 bytes: from the hash function's byte order to display order, or back."""
    return np.ascontiguousarray(hashes.reshape(-1, HASH_BYTES)[:, ::-1])


def hash_text(row: Bytes) -> str:
    """A hash in hexadecimal digits."""
    return row.tobytes().hex()


@numba.njit(nogil=True, cache=True)
def _gather(data: Bytes, starts: Integers, lengths: Integers, total: int) -> Bytes:
    target = np.empty(total, dtype=np.uint8)
    at = 0
    for row in range(len(starts)):
        for byte in range(lengths[row]):
            target[at + byte] = data[starts[row] + byte]
        at += lengths[row]
    return target
