"""Serialise transactions and headers from columns, to compute their ids."""

import hashlib

import numba
import numpy as np

from dagster_project.blocks.columns import BlockColumns, HeaderColumns, Unsigned, reversed_hashes
from dagster_project.blocks.sha256 import HASH_BYTES, Bytes, Integers, double_sha256, read_only
from dagster_project.blocks.walk import HEADER_BYTES

# Exports do not hold the sequence of a coinbase's input. Most miners write the first of these, newer ones also the
# others.
COINBASE_SEQUENCES = (0xFFFFFFFF, 0xFFFFFFFE, 0, 0xFFFFFFFD)


def header_hashes(columns: HeaderColumns) -> Bytes:
    """Hashes of the blocks, computed from their header fields; in display order."""
    headers = serialised_headers(columns)
    starts = np.arange(len(headers), dtype=np.int64) * HEADER_BYTES
    return reversed_hashes(double_sha256(headers.reshape(-1), starts, np.full(len(headers), HEADER_BYTES)))


def serialised_headers(columns: HeaderColumns) -> Bytes:
    """The headers of the blocks, rows of 80 bytes."""
    count = len(columns)
    headers = np.empty((count, HEADER_BYTES), dtype=np.uint8)
    headers[:, 0:4] = _little_endian(columns.versions)
    headers[:, 4:36] = columns.previous_hashes[:, ::-1]
    headers[:, 36:68] = columns.merkle_roots[:, ::-1]
    headers[:, 68:72] = _little_endian(columns.times)
    headers[:, 72:76] = _little_endian(columns.bits)
    headers[:, 76:80] = _little_endian(columns.nonces)
    return headers


def block_overhead(transaction_counts: Integers) -> Integers:
    """Bytes of each block without its transactions: the header and the transaction count."""
    return HEADER_BYTES + np.select([transaction_counts < 0xFD, transaction_counts <= 0xFFFF], [1, 3], 5)


def header_hash(version: int, previous: str | None, merkle_root: str, time: int, bits: int, nonce: int) -> str:
    """Hash of one block, from its header fields; hashes in hexadecimal digits, None as the parent of block 0."""
    words = [(number & 0xFFFFFFFF).to_bytes(4, "little") for number in (version, time, bits, nonce)]
    parents = (previous or "00" * HASH_BYTES, merkle_root)
    header = words[0] + b"".join(bytes.fromhex(name)[::-1] for name in parents) + b"".join(words[1:])
    return hashlib.sha256(hashlib.sha256(header).digest()).digest()[::-1].hex()


def transaction_ids(columns: BlockColumns, coinbase_sequence: int = COINBASE_SEQUENCES[0]) -> tuple[Bytes, Integers]:
    """Ids of the transactions, computed from their fields, and the stripped size of each.

    Args:
        columns: the blocks.
        coinbase_sequence: the sequence that coinbases' inputs are taken to have.

    Returns:
        The ids, rows of 32 bytes in display order, and the sizes.
    """
    data, starts, sizes = serialised_transactions(columns, coinbase_sequence)
    return reversed_hashes(double_sha256(data, starts, sizes)), sizes


def serialised_transactions(
    columns: BlockColumns, coinbase_sequence: int = COINBASE_SEQUENCES[0]
) -> tuple[Bytes, Integers, Integers]:
    """All transactions without witnesses in one buffer, and the start and length of each.

    Args:
        columns: the blocks.
        coinbase_sequence: the sequence that coinbases' inputs are taken to have.
    """
    return _serialise(
        columns.transaction_starts,
        read_only(columns.coinbase_scripts.data),
        columns.coinbase_scripts.starts,
        columns.coinbase_scripts.lengths,
        np.uint32(coinbase_sequence),
        columns.transaction_versions,
        columns.lock_times,
        columns.input_starts,
        columns.spent_txids,
        columns.spent_indexes,
        columns.sequences,
        read_only(columns.input_scripts.data),
        columns.input_scripts.starts,
        columns.input_scripts.lengths,
        columns.output_starts,
        columns.values,
        read_only(columns.output_scripts.data),
        columns.output_scripts.starts,
        columns.output_scripts.lengths,
        sum(int(s.lengths.sum()) for s in (columns.coinbase_scripts, columns.input_scripts, columns.output_scripts)),
    )


def _little_endian(values: Unsigned) -> Bytes:
    return values.astype("<u4").view(np.uint8).reshape(-1, 4)


@numba.njit(nogil=True, cache=True)
def _put(target: Bytes, at: int, value: int | np.int64, width: int) -> int:
    for byte in range(width):
        target[at + byte] = np.uint8((value >> np.int64(8 * byte)) & 0xFF)
    return at + width


@numba.njit(nogil=True, cache=True)
def _put_number(target: Bytes, at: int, value: int) -> int:
    """A variable-length integer."""
    if value < 0xFD:
        return _put(target, at, value, 1)
    if value <= 0xFFFF:
        target[at] = 0xFD
        return _put(target, at + 1, value, 2)
    target[at] = 0xFE
    return _put(target, at + 1, value, 4)


@numba.njit(nogil=True, cache=True)
def _put_string(target: Bytes, at: int, data: Bytes, start: int, length: int) -> int:
    at = _put_number(target, at, length)
    for byte in range(length):
        target[at + byte] = data[start + byte]
    return at + length


@numba.njit(nogil=True, cache=True)
def _serialise(
    transaction_starts: Integers,
    coinbase_data: Bytes,
    coinbase_starts: Integers,
    coinbase_lengths: Integers,
    coinbase_sequence: np.uint32,
    versions: Unsigned,
    lock_times: Unsigned,
    input_starts: Integers,
    spent_txids: Bytes,
    spent_indexes: Unsigned,
    sequences: Unsigned,
    input_data: Bytes,
    input_script_starts: Integers,
    input_script_lengths: Integers,
    output_starts: Integers,
    values: Integers,
    output_data: Bytes,
    output_script_starts: Integers,
    output_script_lengths: Integers,
    script_bytes: int,
) -> tuple[Bytes, Integers, Integers]:
    """All transactions without witnesses in one buffer, and the start and length of each."""
    transactions = len(versions)
    # 18 bytes for a transaction with its counts, 45 for an input, 13 for an output, each with its longest lengths.
    room = 28 * transactions + 50 * (len(spent_txids) + len(coinbase_starts)) + 18 * len(values)
    target = np.empty(room + script_bytes, dtype=np.uint8)
    starts = np.empty(transactions, dtype=np.int64)
    sizes = np.empty(transactions, dtype=np.int64)
    at, block = 0, 0
    for transaction in range(transactions):
        while transaction_starts[block + 1] <= transaction:
            block += 1
        starts[transaction] = at
        at = _put(target, at, np.int64(versions[transaction]), 4)
        if transaction == transaction_starts[block]:
            at = _put_number(target, at, 1)
            for byte in range(HASH_BYTES):
                target[at + byte] = 0
            at = _put(target, at + HASH_BYTES, np.int64(0xFFFFFFFF), 4)
            at = _put_string(target, at, coinbase_data, coinbase_starts[block], coinbase_lengths[block])
            at = _put(target, at, np.int64(coinbase_sequence), 4)
        else:
            first, last = input_starts[transaction], input_starts[transaction + 1]
            at = _put_number(target, at, last - first)
            for spent in range(first, last):
                for byte in range(HASH_BYTES):
                    target[at + byte] = spent_txids[spent, HASH_BYTES - 1 - byte]
                at = _put(target, at + HASH_BYTES, np.int64(spent_indexes[spent]), 4)
                at = _put_string(target, at, input_data, input_script_starts[spent], input_script_lengths[spent])
                at = _put(target, at, np.int64(sequences[spent]), 4)
        first, last = output_starts[transaction], output_starts[transaction + 1]
        at = _put_number(target, at, last - first)
        for created in range(first, last):
            at = _put(target, at, values[created], 8)
            at = _put_string(target, at, output_data, output_script_starts[created], output_script_lengths[created])
        at = _put(target, at, np.int64(lock_times[transaction]), 4)
        sizes[transaction] = at - starts[transaction]
    return target[:at], starts, sizes
