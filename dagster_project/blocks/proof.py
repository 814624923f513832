"""Verify blocks: the header has its proof of work, and the header's commitments match the block's contents."""

from collections.abc import Callable, Collection, Iterable

import numpy as np

from dagster_project.blocks.columns import BlockColumns, HeaderColumns, hash_text, reversed_hashes
from dagster_project.blocks.difficulty import (
    BIP94_TIMEWARP_SECONDS,
    History,
    Retargeting,
    Rules,
    expected_bits,
    next_history,
    target_of,
)
from dagster_project.blocks.merkle import merkle_roots
from dagster_project.blocks.serialise import COINBASE_SEQUENCES, block_overhead, header_hashes, transaction_ids
from dagster_project.blocks.sha256 import Bytes
from dagster_project.blocks.walk import MOST_SATOSHI
from dagster_project.errors import DisprovenError

PROOF_VERSION = 2
MOST_WEIGHT = 4_000_000


# Given the index of a block in its columns, returns the sequence of its coinbase's input.
AskSequence = Callable[[int], int]


def prove_headers(columns: HeaderColumns, rules: Rules, genesis: str, before: History | None) -> list[History]:
    """Verify hashes, links, proof of work, targets and times of consecutive blocks.

    Args:
        columns: the blocks, with the hashes that the source gives.
        rules: the chain's.
        genesis: hash of its block 0; empty where it is not fixed.
        before: history of the block before the first; None where it is not known.

    Returns:
        The history of each block.

    Raises:
        DisprovenError: a check failed; the message names the block and the check.
    """
    computed = header_hashes(columns)
    wrong = np.flatnonzero((computed != columns.hashes).any(axis=1))
    if len(wrong):
        first = int(wrong[0])
        raise DisprovenError(
            f"Block {columns.heights[first]}: its header (version, previous hash, Merkle root, time, bits, nonce) has "
            f"the hash {hash_text(computed[first])}, but the block is said to be {hash_text(columns.hashes[first])}."
        )
    histories: list[History] = []
    for number in range(len(columns)):
        height, name = int(columns.heights[number]), hash_text(columns.hashes[number])
        time, bits = int(columns.times[number]), int(columns.bits[number])
        _check_link(height, name, hash_text(columns.previous_hashes[number]), genesis, before)
        check_work(height, name, time, bits, rules, before)
        before = next_history(rules, before, height, name, time, bits)
        histories.append(before)
    return histories


def _check_link(height: int, name: str, previous: str, genesis: str, before: History | None) -> None:
    if height == 0:
        if genesis and name != genesis:
            raise DisprovenError(f"Block 0 is {name}, but the chain begins with {genesis}.")
        if int(previous, 16):
            raise DisprovenError(f"Block 0 has a block before it, {previous}.")
    if before is None:
        return
    if height != before.height + 1:
        raise DisprovenError(f"Block {height} stands after block {before.height}: one is missing.")
    if previous != before.hash:
        raise DisprovenError(
            f"Block {height}: its header says that block {previous} is before it, but block {before.height} is "
            f"{before.hash}."
        )


def check_work(height: int, name: str, time: int, bits: int, rules: Rules, before: History | None) -> None:
    """Check a header's proof of work; and its target and time too, as far as the blocks before it are known.

    Raises:
        DisprovenError: a check failed; the message names the height.
    """
    if rules.retargeting is Retargeting.NONE:
        return
    target, limit = target_of(bits), target_of(rules.limit)
    if target is None or limit is None or target > limit:
        raise DisprovenError(f"Block {height}: its bits {bits:08x} are no target of this chain.")
    if int(name, 16) > target:
        raise DisprovenError(f"Block {height}: its hash {name} is above the target of its bits {bits:08x}: no work.")
    if before is None:
        return
    expected = expected_bits(rules, before, time)
    if expected is not None and bits != expected:
        raise DisprovenError(f"Block {height}: its bits are {bits:08x}, but the chain demands {expected:08x} there.")
    median = before.median_time
    if median is not None and time <= median:
        raise DisprovenError(
            f"Block {height}: its time {time} is not after {median}, the median time of the block before."
        )
    storm = rules.retargeting is Retargeting.TESTNET4 and height % rules.interval == 0
    if storm and time < before.times[-1] - BIP94_TIMEWARP_SECONDS:
        raise DisprovenError(
            f"Block {height}: its time {time} lies more than {BIP94_TIMEWARP_SECONDS} seconds before that of the block "
            "before, which testnet4 forbids at the beginning of a period."
        )


def prove_transaction_ids(
    columns: BlockColumns,
    said: Bytes,
    lacking: Collection[int] = (),
    ask_sequence: AskSequence | None = None,
) -> tuple[BlockColumns, list[int]]:
    """Compute the ids and sizes of all transactions from their fields, and compare the ids with what the source says.

    Exports do not hold the sequence of a coinbase's input, so the usual values are tried.

    Args:
        columns: the blocks; ids and stripped sizes of transactions are not read.
        said: the source's id of each transaction.
        lacking: indexes of blocks for which the source lacks a field; their ids are taken from the source unchecked.
        ask_sequence: returns the sequence of a coinbase's input, if the source can be asked.

    Returns:
        The blocks with ids and computed stripped sizes, and the indexes of the blocks whose coinbase id matches none of
        these sequences. Those coinbases keep the source's id.

    Raises:
        DisprovenError: the computed id of a transaction differs from the source's; for a coinbase, only if its sequence
            is known.
    """
    computed, sizes = transaction_ids(columns)
    block_of = columns.block_of_transactions()
    passed = np.isin(block_of, list(lacking))
    computed[passed] = said[passed]
    differs = (computed != said).any(axis=1)
    coinbases = columns.transaction_starts[:-1]
    unknown = [int(number) for number in np.flatnonzero(differs[coinbases])]
    unknown = _try_sequences(columns, computed, said, unknown, COINBASE_SEQUENCES[1:])
    if ask_sequence is not None:
        for number in list(unknown):
            if _try_sequences(columns, computed, said, [number], [ask_sequence(number)]):
                raise _other_id(columns, int(coinbases[number]), computed, said)
        unknown = []
    computed[coinbases[unknown]] = said[coinbases[unknown]]
    differs[coinbases] = False
    wrong = np.flatnonzero(differs)
    if len(wrong):
        raise _other_id(columns, int(wrong[0]), computed, said)
    return replaced(columns, txids=computed, transaction_stripped_sizes=sizes), unknown


def _try_sequences(
    columns: BlockColumns, computed: Bytes, said: Bytes, blocks: list[int], sequences: Iterable[int]
) -> list[int]:
    """Fill in the coinbase ids that one of the sequences explains; return the blocks where none does."""
    for sequence in sequences:
        if not blocks:
            break
        again, _ = transaction_ids(only_coinbases(columns, blocks), sequence)
        rows = columns.transaction_starts[blocks]
        fits = (again == said[rows]).all(axis=1)
        computed[rows[fits]] = again[fits]
        blocks = [number for number, fitting in zip(blocks, fits, strict=True) if not fitting]
    return blocks


def _other_id(columns: BlockColumns, row: int, computed: Bytes, said: Bytes) -> DisprovenError:
    block = int(columns.block_of_transactions()[row])
    return DisprovenError(
        f"Block {columns.heights[block]}, transaction {row - int(columns.transaction_starts[block])}: its fields "
        "(version, inputs with their scripts and sequences, outputs with their values and scripts, lock time) have the "
        f"hash {hash_text(computed[row])}, but it is said to be {hash_text(said[row])}."
    )


def prove_merkle_roots(columns: BlockColumns) -> None:
    """Prove that each header's Merkle root matches its list of transactions.

    Raises:
        DisprovenError: one does not.
    """
    if not len(columns):
        return
    roots, repeats = merkle_roots(reversed_hashes(columns.txids), columns.transaction_starts)
    computed = reversed_hashes(roots)
    wrong = np.flatnonzero((computed != columns.merkle_roots).any(axis=1))
    if len(wrong):
        first = int(wrong[0])
        raise DisprovenError(
            f"Block {columns.heights[first]}: its {columns.transaction_counts[first]} transactions have the Merkle "
            f"root {hash_text(computed[first])}, but its header says {hash_text(columns.merkle_roots[first])}: a "
            "transaction is missing, added, changed or out of order."
        )
    repeating = np.flatnonzero(repeats)
    if len(repeating):
        raise DisprovenError(
            f"Block {columns.heights[int(repeating[0])]}: entries of its list of transactions are repeated, which "
            "leaves the Merkle root as it was (CVE-2012-2459)."
        )


def prove_sizes(columns: BlockColumns) -> None:
    """Prove that the sizes of transactions add up to their block's, with and without witnesses.

    Raises:
        DisprovenError: they do not.
    """
    if not len(columns):
        return
    starts = columns.transaction_starts[:-1]
    counts = columns.transaction_counts
    overhead = block_overhead(counts)
    pairs = (
        ("size", columns.sizes, columns.transaction_sizes),
        ("stripped size", columns.stripped_sizes, columns.transaction_stripped_sizes),
    )
    for what, said, parts in pairs:
        computed = overhead + np.add.reduceat(parts, starts)
        wrong = np.flatnonzero(computed != said)
        if len(wrong):
            first = int(wrong[0])
            raise DisprovenError(
                f"Block {columns.heights[first]}: its header and transactions have a {what} of {computed[first]} "
                f"bytes, but the block is said to have {said[first]}."
            )
    smaller = np.flatnonzero(columns.transaction_sizes < columns.transaction_stripped_sizes)
    if len(smaller):
        row = int(smaller[0])
        block = int(columns.block_of_transactions()[row])
        raise DisprovenError(
            f"Block {columns.heights[block]}, transaction {row - int(starts[block])} is said to have "
            f"{columns.transaction_sizes[row]} bytes, fewer than its fields take "
            f"({columns.transaction_stripped_sizes[row]})."
        )
    heavy = np.flatnonzero(columns.weights > MOST_WEIGHT)
    if len(heavy):
        raise DisprovenError(
            f"Block {columns.heights[int(heavy[0])]} has a weight of {columns.weights[int(heavy[0])]}, above "
            f"{MOST_WEIGHT}."
        )


def prove_values(columns: BlockColumns) -> None:
    """Prove that no amount is negative or above the maximum supply.

    Raises:
        DisprovenError: one is.
    """
    wrong = np.flatnonzero((columns.values < 0) | (columns.values > MOST_SATOSHI))
    if len(wrong):
        row = int(wrong[0])
        transaction = int(np.searchsorted(columns.output_starts, row, side="right")) - 1
        block = int(np.searchsorted(columns.transaction_starts, transaction, side="right")) - 1
        raise DisprovenError(
            f"Block {columns.heights[block]}, transaction {transaction - int(columns.transaction_starts[block])}, "
            f"output {row - int(columns.output_starts[transaction])} has {columns.values[row]} satoshi, which cannot "
            "be."
        )


def only_coinbases(columns: BlockColumns, blocks: list[int]) -> BlockColumns:
    """Some blocks, reduced to their coinbases."""
    rows = columns.transaction_starts[blocks]
    firsts, lasts = columns.output_starts[rows], columns.output_starts[rows + 1]
    outputs = np.concatenate([np.arange(first, last) for first, last in zip(firsts, lasts, strict=True)])
    scripts = columns.output_scripts
    none = np.zeros(len(rows) + 1, dtype=np.int64)
    coinbase = columns.coinbase_scripts
    return replaced(
        columns,
        transaction_starts=np.arange(len(rows) + 1),
        coinbase_scripts=type(coinbase)(coinbase.data, coinbase.starts[blocks], coinbase.lengths[blocks]),
        transaction_versions=columns.transaction_versions[rows],
        lock_times=columns.lock_times[rows],
        input_starts=none,
        output_starts=np.concatenate([none[:1], np.cumsum(lasts - firsts)]),
        values=columns.values[outputs],
        output_scripts=type(scripts)(scripts.data, scripts.starts[outputs], scripts.lengths[outputs]),
        spent_txids=columns.spent_txids[:0],
        input_scripts=columns.input_scripts.part(0, 0),
    )


def replaced(columns: BlockColumns, **changes: object) -> BlockColumns:
    """A copy of the blocks with some columns replaced."""
    fields = {name: getattr(columns, name) for name in BlockColumns.__dataclass_fields__}
    return BlockColumns(**fields | changes)  # pyright: ignore[reportArgumentType]
