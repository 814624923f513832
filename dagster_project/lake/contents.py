"""The contents of blocks, proven as far as the source gives the data for it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from dagster_project.blocks.columns import BlockColumns
from dagster_project.blocks.parse import ParsedBlocks
from dagster_project.blocks.proof import (
    AskSequence,
    prove_merkle_roots,
    prove_sizes,
    prove_transaction_ids,
    prove_values,
    replaced,
)
from dagster_project.blocks.serialise import transaction_ids
from dagster_project.blocks.sha256 import Integers
from dagster_project.blocks.witness_ids import (
    Witnesses,
    commitments_hold,
    prove_virtual_sizes,
    prove_witness_sizes,
    txids_of_said,
)
from dagster_project.blocks.witnesses import prove_witness_places, prove_witnesses, witness_commitment
from dagster_project.errors import SatledgerError
from dagster_project.lake.proof_words import (
    COINBASE_CONTENTS,
    MERKLE_ROOTS,
    SIZES,
    TRANSACTION_IDS,
    WITNESS_SIZES,
    WITNESSES,
)
from dagster_project.settings import ProofMode

NO_WITNESSES = "the source does not tell witnesses"
NOT_COMMITTED = "the source does not tell all witnesses that the coinbase commits to"
NO_SEQUENCE = (
    "the source does not tell the sequence of the coinbase's input, and none that miners usually write fits: the "
    "Merkle root proves the id that the source says"
)


@dataclass(frozen=True)
class Contents:
    """Some consecutive blocks whose contents are proven.

    Attributes:
        columns: the blocks.
        median_times: by block, its consensus time as the source gives it.
        checked: what was proven of every block.
        unproven: what was not proven, and why.
        unproven_blocks: by position of a block, what was not proven of it alone, and why, even if it was proven of the
            other blocks and is part of ``checked``.
    """

    columns: BlockColumns
    median_times: Integers
    checked: tuple[str, ...]
    unproven: Mapping[str, str] = field(default_factory=dict)
    unproven_blocks: Mapping[int, Mapping[str, str]] = field(default_factory=dict)

    def part(self, first: int, last: int) -> "Contents":
        """The blocks from position ``first`` up to, but without, ``last``."""
        blocks = {number - first: why for number, why in self.unproven_blocks.items() if first <= number < last}
        return Contents(
            self.columns.block_part(first, last), self.median_times[first:last], self.checked, self.unproven, blocks
        )

    def unproven_of_all(self) -> dict[str, str]:
        """What was not proven of at least one block, and why."""
        found = dict(self.unproven)
        for _, unproven in sorted(self.unproven_blocks.items()):
            found |= unproven
        return found


def prove_parsed(parsed: ParsedBlocks, median_times: Integers, mode: ProofMode, segwit_height: int) -> Contents:
    """Prove the contents of blocks that were read as raw bytes.

    Args:
        parsed: the blocks.
        median_times: by block, its consensus time.
        mode: whether days have to be proven to enter the lake.
        segwit_height: the first height at which the chain's blocks have witnesses.

    Raises:
        DisprovenError: a value is wrong; the message names the block and the value.
    """
    if mode is ProofMode.OFF:
        return Contents(parsed.columns, median_times, ())
    prove_merkle_roots(parsed.columns)
    prove_witnesses(parsed)
    prove_sizes(parsed.columns)
    prove_witness_places(parsed.columns, segwit_height)
    return Contents(parsed.columns, median_times, (TRANSACTION_IDS, MERKLE_ROOTS, SIZES, WITNESSES))


def prove_fields(
    columns: BlockColumns,
    median_times: Integers,
    mode: ProofMode,
    segwit_height: int,
    lacking: Mapping[int, str] | None = None,
    ask_sequence: AskSequence | None = None,
    witnesses: Witnesses | None = None,
    virtual_sizes: Integers | None = None,
    *,
    witnesses_proven: bool = False,
) -> Contents:
    """Prove the contents of blocks that were read field by field.

    Args:
        columns: the blocks, with the transaction ids of the source; the stripped sizes of transactions are not used.
        median_times: by block, its consensus time.
        mode: whether days have to be proven to enter the lake.
        segwit_height: the first height at which the chain's blocks have witnesses.
        lacking: by position of a block, a field that is needed to compute transaction ids and that the source lacks.
        ask_sequence: returns the sequence of a coinbase's input by the block's position, if a node can be asked.
        witnesses: the witnesses that the source gives, if its ids may be wtxids instead of txids.
        virtual_sizes: by transaction, the virtual size that the source gives; -1 where it gives none.
        witnesses_proven: whether sizes and witnesses are proven already.

    Raises:
        DisprovenError: a value is wrong; the message names the block, the transaction and the value.
        SatledgerError: something cannot be proven, and the mode requires it.
    """
    lacking = lacking or {}
    if witnesses is not None:
        columns = replaced(columns, txids=txids_of_said(columns, columns.txids, witnesses, lacking))
    if mode is ProofMode.OFF:
        _, sizes = transaction_ids(columns)
        columns = replaced(columns, transaction_stripped_sizes=sizes)
        sizes = _sizes_as_said(columns, lacking, virtual_sizes)
        return Contents(replaced(columns, transaction_stripped_sizes=sizes), median_times, ())
    unproven: dict[int, Mapping[str, str]] = {}
    for number, name in lacking.items():
        unproven[number] = dict.fromkeys((TRANSACTION_IDS, SIZES), f"the source lacks {name}")
    found, coinbases = prove_transaction_ids(columns, columns.txids, unproven, ask_sequence)
    for number in coinbases:
        unproven[number] = {COINBASE_CONTENTS: NO_SEQUENCE}
    if unproven and mode is ProofMode.REQUIRED:
        number = min(unproven)
        what, why = next(iter(unproven[number].items()))
        raise SatledgerError(
            f"Block {columns.heights[number]}{', transaction 0 (its coinbase),' if number in coinbases else ''} cannot "
            f"be proven: {why} ({what}). Read that day from a node, or set "
            "SATLEDGER_PROOF=where-possible to accept it unproven; its manifest and `satledger status` will show it."
        )
    prove_values(found)
    prove_merkle_roots(found)
    for first, last in _runs_between(lacking, len(found)):
        part, rows = found.block_part(first, last), slice(*found.transaction_starts[[first, last]].tolist())
        if witnesses is not None:
            inputs = found.input_starts[[rows.start, rows.stop]]
            prove_witness_sizes(part, Witnesses(witnesses.item_starts[inputs[0] : inputs[1] + 1], witnesses.items))
        if virtual_sizes is not None:
            prove_virtual_sizes(part, virtual_sizes[rows])
        prove_sizes(part)
        prove_witness_places(part, segwit_height)
    if not witnesses_proven:
        why = NO_WITNESSES if witnesses is None else NOT_COMMITTED
        for number in _without_witnesses(found, segwit_height, witnesses, lacking):
            unproven[number] = {WITNESSES: why, WITNESS_SIZES: why, **unproven.get(number, {})}
    found = replaced(found, transaction_stripped_sizes=_sizes_as_said(found, lacking, virtual_sizes))
    return Contents(found, median_times, (TRANSACTION_IDS, MERKLE_ROOTS, SIZES, WITNESSES), unproven_blocks=unproven)


def _without_witnesses(
    columns: BlockColumns, segwit_height: int, witnesses: Witnesses | None, lacking: Collection[int]
) -> list[int]:
    """The positions of the blocks that commit to witnesses which are not proven to be the source's.

    Of these blocks a source can leave out or change any witness but the coinbase's, with sizes that fit. Where a block
    lacks fields, the ids that its commitment is made of cannot be computed.
    """
    committed = [
        number
        for number, height in enumerate(columns.heights)
        if height >= segwit_height and witness_commitment(columns, number) is not None
    ]
    if witnesses is None:
        return committed
    proven = commitments_hold(columns, witnesses)
    return [number for number in committed if number in lacking or not proven[number]]


def _runs_between(passed: Collection[int], count: int) -> Iterator[tuple[int, int]]:
    """The runs of blocks between those that are skipped: position of the first block, and of the one after the last."""
    first = 0
    for number in (*sorted(passed), count):
        if first < number:
            yield first, number
        first = number + 1


def _sizes_as_said(columns: BlockColumns, lacking: Collection[int], virtual_sizes: Integers | None) -> Integers:
    """Stripped sizes; those of blocks that lack fields cannot be computed and are derived from the virtual sizes.

    A transaction without a virtual size is assumed to have no witnesses.
    """
    stripped, sizes = columns.transaction_stripped_sizes.copy(), columns.transaction_sizes
    rows = np.isin(columns.block_of_transactions(), list(lacking))
    said = sizes if virtual_sizes is None else np.where(virtual_sizes < 0, sizes, virtual_sizes)
    # The largest stripped size that, with this size, gives this virtual size.
    stripped[rows] = np.clip((4 * said - sizes) // 3, 0, sizes)[rows]
    return stripped
