"""What blocks hold, proven as far as their source tells enough."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dagster_project.blocks.columns import BlockColumns
from dagster_project.blocks.parse import ParsedBlocks
from dagster_project.blocks.proof import (
    AskSequence,
    prove_merkle_roots,
    prove_sizes,
    prove_transaction_ids,
    prove_values,
    prove_witnesses,
    replaced,
)
from dagster_project.blocks.serialise import transaction_ids
from dagster_project.blocks.sha256 import Integers
from dagster_project.blocks.witness_ids import Witnesses, prove_virtual_sizes, prove_witness_sizes, txids_of_said
from dagster_project.errors import SatledgerError
from dagster_project.settings import ProofMode

# What is proven of the contents of blocks, in the words of manifests, `status` and Dagster.
TRANSACTION_IDS = "transaction ids"
MERKLE_ROOTS = "Merkle roots"
SIZES = "sizes"
WITNESSES = "witness commitments"
NO_WITNESSES = "the source does not tell witnesses"
COINBASE_CONTENTS = "contents of coinbases"
NO_SEQUENCE = (
    "the source does not tell the sequence of the coinbase's input, and none that miners usually write fits: the "
    "Merkle root proves the id that the source says"
)


@dataclass(frozen=True)
class Contents:
    """Some consecutive blocks whose contents are proven.

    Attributes:
        columns: the blocks.
        median_times: by block, its consensus time as the source says it.
        checked: what was proven of every block.
        unproven: what was not, and why.
        unproven_blocks: by number of a block, what was not proven of it alone, and why.
    """

    columns: BlockColumns
    median_times: Integers
    checked: tuple[str, ...]
    unproven: Mapping[str, str] = field(default_factory=dict)
    unproven_blocks: Mapping[int, tuple[str, str]] = field(default_factory=dict)

    def part(self, first: int, last: int) -> "Contents":
        """The blocks from number ``first`` up to, but without, ``last``."""
        blocks = {number - first: why for number, why in self.unproven_blocks.items() if first <= number < last}
        return Contents(
            self.columns.block_part(first, last), self.median_times[first:last], self.checked, self.unproven, blocks
        )

    def unproven_of_all(self) -> dict[str, str]:
        """What was not proven of some block, and why."""
        return dict(self.unproven) | {what: why for _, (what, why) in sorted(self.unproven_blocks.items())}


def prove_parsed(parsed: ParsedBlocks, median_times: Integers, mode: ProofMode) -> Contents:
    """Prove the contents of blocks that were read as raw bytes.

    Raises:
        DisprovenError: something does not fit; the sentence names the block and what.
    """
    if mode is ProofMode.OFF:
        return Contents(parsed.columns, median_times, ())
    prove_merkle_roots(parsed.columns)
    prove_witnesses(parsed)
    prove_sizes(parsed.columns)
    return Contents(parsed.columns, median_times, (TRANSACTION_IDS, MERKLE_ROOTS, SIZES, WITNESSES))


def prove_fields(
    columns: BlockColumns,
    median_times: Integers,
    mode: ProofMode,
    lacking: Mapping[int, str] | None = None,
    ask_sequence: AskSequence | None = None,
    witnesses: Witnesses | None = None,
    virtual_sizes: Integers | None = None,
) -> Contents:
    """Prove the contents of blocks that were read field by field.

    Args:
        columns: the blocks; ids of transactions are what the source says, their stripped sizes are not read.
        median_times: by block, its consensus time.
        mode: which days may enter.
        lacking: by number of a block, a field that its transactions need for their ids and that the source lacks.
        ask_sequence: tells the sequence of a coinbase's input by the block's number, where someone can be asked.
        witnesses: what the source tells of witnesses, where it may say ids with witnesses instead of txids.
        virtual_sizes: by transaction, the virtual size that the source says; -1 where it says none.

    Raises:
        DisprovenError: something does not fit; the sentence names the block, the transaction and what.
        SatledgerError: something cannot be proven, and the mode asks for it.
    """
    if witnesses is not None:
        columns = replaced(columns, txids=txids_of_said(columns, columns.txids, witnesses, lacking or ()))
    if mode is ProofMode.OFF:
        _, sizes = transaction_ids(columns)
        return Contents(replaced(columns, transaction_stripped_sizes=sizes), median_times, ())
    unproven = {number: (TRANSACTION_IDS, f"the source lacks {name}") for number, name in (lacking or {}).items()}
    found, coinbases = prove_transaction_ids(columns, columns.txids, unproven, ask_sequence)
    unproven |= dict.fromkeys(coinbases, (COINBASE_CONTENTS, NO_SEQUENCE))
    if unproven and mode is ProofMode.REQUIRED:
        number, (what, why) = min(unproven.items())
        raise SatledgerError(
            f"Block {columns.heights[number]}{', transaction 0 (its coinbase),' if number in coinbases else ''} cannot "
            f"be proven: {why} ({what}). Read that day from a node, or set "
            "SATLEDGER_PROOF=where-possible to take it unproven, which its manifest and `satledger status` will say."
        )
    prove_values(found)
    prove_merkle_roots(found)
    if not lacking:
        if witnesses is not None:
            prove_witness_sizes(found, witnesses)
        if virtual_sizes is not None:
            prove_virtual_sizes(found, virtual_sizes)
        prove_sizes(found)
    return Contents(found, median_times, (TRANSACTION_IDS, MERKLE_ROOTS, SIZES), {WITNESSES: NO_WITNESSES}, unproven)
