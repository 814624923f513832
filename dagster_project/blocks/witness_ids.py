"""Sources that give wtxids (BIP 141) instead of txids: find the txids of these rows."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numba
import numpy as np

from dagster_project.blocks.columns import BlockColumns, Slices, hash_text, reversed_hashes
from dagster_project.blocks.merkle import merkle_roots
from dagster_project.blocks.proof import only_coinbases
from dagster_project.blocks.serialise import COINBASE_SEQUENCES, serialised_transactions
from dagster_project.blocks.sha256 import HASH_BYTES, Bytes, Integers, double_sha256, read_only
from dagster_project.blocks.witnesses import commitments, witness_commitment
from dagster_project.errors import DisprovenError

# The witness of a coinbase: one item of 32 bytes, usually all 0. The sources' rows do not hold it.
COINBASE_WITNESS = bytes([1, HASH_BYTES]) + bytes(HASH_BYTES)
MARKER_BYTES = 2  # of a transaction with witnesses, after its version
_VERSION_BYTES = 4

Flags = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Witnesses:
    """The witnesses of inputs, as far as a source has them.

    Attributes:
        item_starts: index of each input's first witness item; one more entry at the end holds the total.
        items: the items.
    """

    item_starts: Integers
    items: Slices


def txids_of_said(columns: BlockColumns, said: Bytes, witnesses: Witnesses, lacking: Collection[int] = ()) -> Bytes:
    """The source's transaction ids, with each wtxid replaced by the txid.

    A row whose size is larger than its fields has a witness. If the source does not give that witness, the wtxid cannot
    be computed: the txid computed from the fields is used, and the check of the Merkle root decides later. A coinbase
    is assumed to have the usual witness. If its id does not match, the sequence of its input is chosen so that the
    Merkle root matches.

    Args:
        columns: the blocks; ids and stripped sizes of transactions are not read.
        said: the source's id of each transaction.
        witnesses: the witnesses that the source gives.
        lacking: indexes of blocks for which the source lacks a field; their ids are left as they are.

    Returns:
        The txid of each transaction; the source's id where it is neither the txid nor the wtxid of the row.
    """
    found = said.copy()
    coinbases = columns.transaction_starts[:-1]
    passed = np.isin(columns.block_of_transactions(), list(lacking))
    data, starts, sizes = serialised_transactions(columns)
    txids = reversed_hashes(double_sha256(data, starts, sizes))
    told = _have_items(columns, witnesses)
    wtxids = reversed_hashes(double_sha256(*_whole(data, starts, sizes, columns, witnesses, told)))
    has_witness = columns.transaction_sizes > sizes
    fits = np.where(told, (wtxids == said).all(axis=1), has_witness) & ~passed
    fits[coinbases] = False
    found[fits] = txids[fits]
    is_open = has_witness[coinbases] & ~passed[coinbases]
    _name_coinbases(columns, found, [int(number) for number in np.flatnonzero(is_open)])
    return found


def _name_coinbases(columns: BlockColumns, found: Bytes, blocks: list[int]) -> None:
    """Replace the source's ids of some blocks' coinbases by their txids."""
    ids: dict[int, list[bytes]] = {number: [] for number in blocks}
    for sequence in COINBASE_SEQUENCES:
        if not blocks:
            return
        data, starts, sizes = serialised_transactions(only_coinbases(columns, blocks), sequence)
        settled = []
        for number, start, size in zip(blocks, starts, sizes, strict=True):
            bare = data[start : start + size].tobytes()
            body = bare[_VERSION_BYTES:-_VERSION_BYTES]
            whole = bare[:_VERSION_BYTES] + b"\0\1" + body + COINBASE_WITNESS + bare[-_VERSION_BYTES:]
            row = int(columns.transaction_starts[number])
            said, txid = found[row].tobytes(), _name(bare)
            ids[number].append(txid)
            if said in (txid, _name(whole)):
                found[row] = np.frombuffer(txid, dtype=np.uint8)
                settled.append(number)
        blocks = [number for number in blocks if number not in settled]
    for number in blocks:
        _let_merkle_root_decide(columns, found, number, ids[number])


def _name(data: bytes) -> bytes:
    """Double SHA-256 in display order."""
    return sha256(sha256(data).digest()).digest()[::-1]


def _let_merkle_root_decide(columns: BlockColumns, found: Bytes, block: int, candidates: Sequence[bytes]) -> None:
    """Give a block's coinbase the first candidate that matches the Merkle root, if one does."""
    first, last = int(columns.transaction_starts[block]), int(columns.transaction_starts[block + 1])
    for txid in candidates:
        ids = found[first:last].copy()
        ids[0] = np.frombuffer(txid, dtype=np.uint8)
        roots, _ = merkle_roots(reversed_hashes(ids), np.array([0, last - first]))
        if (reversed_hashes(roots)[0] == columns.merkle_roots[block]).all():
            found[first:last] = ids
            return


def prove_witness_sizes(columns: BlockColumns, witnesses: Witnesses) -> None:
    """Prove the sizes of the transactions whose witnesses are known. Stripped sizes must be computed already.

    Raises:
        DisprovenError: one is not what it says.
    """
    told = _have_items(columns, witnesses)
    data, starts, sizes = serialised_transactions(columns)
    _, _, whole = _whole(data, starts, sizes, columns, witnesses, told)
    wrong = np.flatnonzero(told & (whole != columns.transaction_sizes))
    if len(wrong):
        row = int(wrong[0])
        block = int(columns.block_of_transactions()[row])
        raise DisprovenError(
            f"Block {columns.heights[block]}, transaction {row - int(columns.transaction_starts[block])} "
            f"({hash_text(columns.txids[row])}) is said to have {columns.transaction_sizes[row]} bytes, but its fields "
            f"and witnesses take {whole[row]}."
        )


def commitments_hold(columns: BlockColumns, witnesses: Witnesses) -> Flags:
    """By block, whether its coinbase commits to exactly the witnesses that the source gives (BIP 141).

    The witness of the coinbase is not known; it is taken to be the usual one. False does not disprove anything:
    the coinbase may have another witness, and a block without a commitment has nothing to prove.
    """
    data, starts, sizes = serialised_transactions(columns)
    told = _have_items(columns, witnesses)
    wtxids = double_sha256(*_whole(data, starts, sizes, columns, witnesses, told))
    wtxids[columns.transaction_starts[:-1]] = 0
    blocks = len(columns)
    usual = np.zeros((blocks, HASH_BYTES), dtype=np.uint8)
    computed = commitments(wtxids, columns.transaction_starts, usual)
    said = [witness_commitment(columns, block) for block in range(blocks)]
    return np.array([computed[block].tobytes() == said[block] for block in range(blocks)], dtype=np.bool_)


def prove_virtual_sizes(columns: BlockColumns, said: Integers) -> None:
    """Prove that virtual sizes match sizes. Stripped sizes must be computed already.

    Without witnesses, sizes are only proven to add up to their block's. This check also finds two wrong sizes that
    cancel each other out, if they are wrong by four bytes or more.

    Args:
        columns: the blocks.
        said: virtual size of each transaction; -1 where the source has none.

    Raises:
        DisprovenError: one is not what it has to be.
    """
    computed = (3 * columns.transaction_stripped_sizes + columns.transaction_sizes + 3) // 4
    wrong = np.flatnonzero((said != computed) & (said >= 0))
    if len(wrong):
        row = int(wrong[0])
        block = int(columns.block_of_transactions()[row])
        raise DisprovenError(
            f"Block {columns.heights[block]}, transaction {row - int(columns.transaction_starts[block])} is said to "
            f"have the virtual size {said[row]}, but its size of {columns.transaction_sizes[row]} bytes and its fields "
            f"make it {computed[row]}."
        )


def _have_items(columns: BlockColumns, witnesses: Witnesses) -> Flags:
    """By transaction, whether the source gives witnesses of it."""
    items = witnesses.item_starts[columns.input_starts]
    return np.diff(items) > 0


def _whole(
    data: Bytes, starts: Integers, sizes: Integers, columns: BlockColumns, witnesses: Witnesses, told: Flags
) -> tuple[Bytes, Integers, Integers]:
    """Insert the known witnesses into stripped transactions: the buffer, and the start and length of each."""
    items = witnesses.items
    counts = witnesses.item_starts
    return _insert(
        data, starts, sizes, columns.input_starts, counts, read_only(items.data), items.starts, items.lengths, told
    )


@numba.njit(nogil=True, cache=True)
def _number_bytes(value: int) -> int:
    if value < 0xFD:
        return 1
    return 3 if value <= 0xFFFF else 5


@numba.njit(nogil=True, cache=True)
def _put_count(target: Bytes, at: int, value: int) -> int:
    """A variable-length integer."""
    width = _number_bytes(value) - 1
    if width:
        target[at] = 0xFD if width == 2 else 0xFE
        for byte in range(width):
            target[at + 1 + byte] = np.uint8((value >> (8 * byte)) & 0xFF)
    else:
        target[at] = np.uint8(value)
    return at + 1 + width


@numba.njit(nogil=True, cache=True)
def _insert(
    data: Bytes,
    starts: Integers,
    sizes: Integers,
    input_starts: Integers,
    item_starts: Integers,
    item_data: Bytes,
    places: Integers,
    lengths: Integers,
    told: Flags,
) -> tuple[Bytes, Integers, Integers]:
    transactions = len(starts)
    whole_starts = np.zeros(transactions, dtype=np.int64)
    whole_sizes = np.zeros(transactions, dtype=np.int64)
    total = 0
    for row in range(transactions):
        size = sizes[row]
        if told[row]:
            size += MARKER_BYTES
            for spent in range(input_starts[row], input_starts[row + 1]):
                size += _number_bytes(item_starts[spent + 1] - item_starts[spent])
                for item in range(item_starts[spent], item_starts[spent + 1]):
                    size += _number_bytes(lengths[item]) + lengths[item]
        whole_starts[row], whole_sizes[row] = total, size
        total += size
    target = np.empty(total, dtype=np.uint8)
    for row in range(transactions):
        at, source, size = whole_starts[row], starts[row], sizes[row]
        if not told[row]:
            target[at : at + size] = data[source : source + size]
            continue
        target[at : at + _VERSION_BYTES] = data[source : source + _VERSION_BYTES]
        at += _VERSION_BYTES
        target[at], target[at + 1] = 0, 1
        at += MARKER_BYTES
        body = size - 2 * _VERSION_BYTES
        target[at : at + body] = data[source + _VERSION_BYTES : source + _VERSION_BYTES + body]
        at += body
        for spent in range(input_starts[row], input_starts[row + 1]):
            at = _put_count(target, at, item_starts[spent + 1] - item_starts[spent])
            for item in range(item_starts[spent], item_starts[spent + 1]):
                at = _put_count(target, at, lengths[item])
                target[at : at + lengths[item]] = item_data[places[item] : places[item] + lengths[item]]
                at += lengths[item]
        # The lock time has as many bytes as the version.
        target[at : at + _VERSION_BYTES] = data[source + size - _VERSION_BYTES : source + size]
    return target, whole_starts, whole_sizes
