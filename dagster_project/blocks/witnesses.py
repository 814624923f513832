"""Verify witnesses against the commitment in the coinbase (BIP 141): none can be changed, added or left out."""

from collections.abc import Iterable

import numpy as np

from dagster_project.blocks.columns import BlockColumns
from dagster_project.blocks.merkle import merkle_roots
from dagster_project.blocks.parse import ParsedBlocks
from dagster_project.blocks.sha256 import HASH_BYTES, Bytes, Integers, double_sha256
from dagster_project.errors import DisprovenError

# The coinbase's last output with this prefix commits to all witnesses of the block.
COMMITMENT_PREFIX = bytes.fromhex("6a24aa21a9ed")
COMMITMENT_BYTES = len(COMMITMENT_PREFIX) + HASH_BYTES
# A coinbase that commits to witnesses has one itself, of one item of 32 bytes: marker and flag, the number of items,
# the item's length, the item.
COINBASE_WITNESS_BYTES = 2 + 1 + 1 + HASH_BYTES


def prove_witness_places(columns: BlockColumns, segwit_height: int) -> None:
    """Prove from the sizes that no witnesses are missing.

    A block with witnesses must have a commitment to them. From ``segwit_height`` on, a coinbase with a commitment must
    have a witness of its own. If it has none, the source leaves witnesses out, and all sizes are wrong.

    Args:
        columns: the blocks; their sizes are known to fit together.
        segwit_height: the first height at which the chain's blocks have witnesses. Some earlier blocks have commitments
            without any witnesses.

    Raises:
        DisprovenError: a witness or a commitment is missing, or a witness has an impossible size.
    """
    if not len(columns):
        return
    witness_sizes = columns.transaction_sizes - columns.transaction_stripped_sizes
    coinbases = columns.transaction_starts[:-1]
    have_witness = np.add.reduceat(witness_sizes, coinbases) > 0
    for block in range(len(columns)):
        commits = witness_commitment(columns, block) is not None
        own = int(witness_sizes[coinbases[block]])
        height = int(columns.heights[block])
        if have_witness[block] and not commits:
            raise DisprovenError(
                f"Block {height}: its transactions are said to have witnesses, but its coinbase commits to none."
            )
        if commits and own != COINBASE_WITNESS_BYTES and (own or height >= segwit_height):
            raise DisprovenError(
                f"Block {height}: its coinbase commits to the witnesses of the block, so its own witness takes "
                f"{COINBASE_WITNESS_BYTES} bytes, but it is said to take {own}: the source leaves witnesses out, or "
                "changes them."
            )


def prove_witnesses(parsed: ParsedBlocks) -> None:
    """Prove that coinbases commit to the witnesses of their blocks (BIP 141).

    Raises:
        DisprovenError: a block with witnesses has no commitment, or one that does not match, or a coinbase whose own
            witness is not one item of 32 bytes.
    """
    columns = parsed.columns
    needed = np.flatnonzero(parsed.has_witness)
    if not len(needed):
        return
    coinbases = columns.transaction_starts[needed]
    own_sizes = columns.transaction_sizes[coinbases] - columns.transaction_stripped_sizes[coinbases]
    computed = commitments(parsed.wtxids, columns.transaction_starts, parsed.witness_nonces)
    for row, block in enumerate(needed):
        said = witness_commitment(columns, int(block))
        if said != computed[block].tobytes():
            raise DisprovenError(
                f"Block {columns.heights[block]}: its witnesses have the commitment {computed[block].tobytes().hex()}, "
                f"but its coinbase says {said.hex() if said else 'none'}."
            )
        if own_sizes[row] != COINBASE_WITNESS_BYTES:
            raise DisprovenError(
                f"Block {columns.heights[block]} has witnesses, so the witness of its coinbase takes "
                f"{COINBASE_WITNESS_BYTES} bytes, but it takes {own_sizes[row]}."
            )


def commitments(wtxids: Bytes, starts: Integers, nonces: Bytes) -> Bytes:
    """What each block's coinbase has to commit to (BIP 141), as rows of 32 bytes.

    Args:
        wtxids: ids of the transactions with their witnesses, rows of 32 bytes in the order of the hash function; 0 for
            coinbases.
        starts: index of each block's first transaction, and the total at the end.
        nonces: the witness of each block's coinbase, rows of 32 bytes.
    """
    roots, _ = merkle_roots(wtxids, starts)
    size = 2 * HASH_BYTES
    pairs = np.concatenate([roots, nonces], axis=1).reshape(-1)
    return double_sha256(pairs, size * np.arange(len(roots)), np.full(len(roots), size))


def witness_commitment(columns: BlockColumns, block: int) -> bytes | None:
    """The witness commitment in a block's coinbase; None where there is none."""
    coinbase = int(columns.transaction_starts[block])
    first, last = int(columns.output_starts[coinbase]), int(columns.output_starts[coinbase + 1])
    return last_commitment(columns.output_scripts[output] for output in reversed(range(first, last)))


def last_commitment(scripts: Iterable[bytes]) -> bytes | None:
    """The witness commitment in the scripts of a coinbase's outputs, of which the last one comes first."""
    for script in scripts:
        if script.startswith(COMMITMENT_PREFIX) and len(script) >= COMMITMENT_BYTES:
            return script[len(COMMITMENT_PREFIX) : COMMITMENT_BYTES]
    return None
