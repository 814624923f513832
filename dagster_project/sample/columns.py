"""Days of a simulation as blocks: with real transaction ids, Merkle roots, block ids and links."""

import hashlib
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from dagster_project.blocks.columns import BlockColumns, Slices, reversed_hashes
from dagster_project.blocks.merkle import merkle_roots
from dagster_project.blocks.proof import replaced
from dagster_project.blocks.serialise import block_overhead, serialised_headers
from dagster_project.blocks.sha256 import HASH_BYTES, Bytes, Integers
from dagster_project.sample.accounts import IntArray, Kind, kind_of, mix
from dagster_project.sample.ids import IdFile, with_ids
from dagster_project.sample.plan import Plan
from dagster_project.sample.scripts import output_scripts
from dagster_project.sample.simulation import Day, Rows
from dagster_project.sample.timeline import Timeline, compact
from dagster_project.sample.unlocking import COINBASE_WITNESS_BYTES, MARKER, input_scripts, witness_bytes

BLOCK_VERSION = 0x20000000
TRANSACTION_VERSION = 2
SEQUENCE = 0xFFFFFFFD  # signals replace-by-fee
PREVIOUS_HASH = slice(4, 4 + HASH_BYTES)  # in a serialised header


class Ledger:
    """Makes the blocks of days, which have to come in order from the first, because each block depends on earlier ones.

    Use it as a context manager: the ids of all transactions so far are in files in ``folder``.
    """

    def __init__(self, plan: Plan, timeline: Timeline, folder: Path) -> None:
        self._plan = plan
        self._timeline = timeline
        self._files = ExitStack()
        self._coinbases = self._files.enter_context(IdFile(folder / "coinbases"))  # by height
        self._others = self._files.enter_context(IdFile(folder / "transactions"))  # by number
        self._last_hash = np.zeros(HASH_BYTES, dtype=np.uint8)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._files.close()

    def blocks(self, days: list[Day]) -> BlockColumns | None:
        """The blocks of the next days; None if these have none."""
        heights = np.concatenate([np.array(day.heights, dtype=np.int64) for day in days])
        if not len(heights):
            return None
        rows = _join([day.rows for day in days])
        spends = np.flatnonzero(rows.transaction >= 0)  # positions of all transactions except coinbases
        starts = _starts(np.bincount(rows.height - heights[0], minlength=len(heights)))
        coinbases = starts[:-1]

        def place(transaction: IntArray) -> IntArray:
            """The positions of transactions within these blocks."""
            ours = coinbases[np.where(transaction < 0, -1 - transaction - heights[0], 0)]
            if not len(spends):
                return ours
            return np.where(transaction < 0, ours, spends[np.maximum(transaction - len(self._others), 0)])

        inputs_of, outputs_of = place(rows.input_transaction), place(rows.output_transaction)
        in_order = np.argsort(outputs_of, kind="stable")
        spent = rows.spent_transaction
        known = np.where(spent < 0, -1 - spent < len(self._coinbases), spent < len(self._others))
        parents = np.full(len(spent), -1, dtype=np.int64)
        parents[~known] = place(spent[~known])
        columns = self._without_ids(heights, rows, starts, inputs_of, outputs_of, in_order)
        columns = with_ids(replaced(columns, spent_txids=self._known_ids(spent, known)), parents)
        witnesses = witness_bytes(rows.spent_account, inputs_of, len(rows.transaction))
        commits = kind_of(rows.account) == Kind.COMMITMENT
        witnesses[outputs_of[commits]] = MARKER + COINBASE_WITNESS_BYTES
        self._coinbases.add(columns.txids[coinbases])
        self._others.add(columns.txids[spends])
        return self._with_headers(columns, columns.transaction_stripped_sizes + witnesses)

    def _without_ids(
        self,
        heights: IntArray,
        rows: Rows,
        starts: IntArray,
        inputs_of: IntArray,
        outputs_of: IntArray,
        in_order: IntArray,
    ) -> BlockColumns:
        """The blocks with all values but ids and sizes; ``in_order`` sorts the outputs into block order."""
        count, inputs = len(rows.transaction), len(inputs_of)
        no_hashes, no_sizes = np.zeros((len(heights), HASH_BYTES), dtype=np.uint8), np.zeros(0, dtype=np.int64)
        return BlockColumns(
            heights=heights,
            hashes=no_hashes,
            versions=np.full(len(heights), BLOCK_VERSION, dtype=np.uint32),
            previous_hashes=no_hashes,
            merkle_roots=no_hashes,
            times=self._timeline.time[heights].astype(np.uint32),
            bits=np.array([compact(self._timeline.targets[height]) for height in heights], dtype=np.uint32),
            nonces=self._nonces(heights),
            sizes=no_sizes,
            stripped_sizes=no_sizes,
            coinbase_scripts=coinbase_scripts(self._plan, heights),
            transaction_starts=starts,
            txids=no_hashes,
            transaction_versions=np.full(count, TRANSACTION_VERSION, dtype=np.uint32),
            lock_times=np.zeros(count, dtype=np.uint32),
            transaction_sizes=no_sizes,
            transaction_stripped_sizes=no_sizes,
            input_starts=_starts(np.bincount(inputs_of, minlength=count)),
            spent_txids=no_hashes,
            spent_indexes=rows.spent_output.astype(np.uint32),
            sequences=np.full(inputs, SEQUENCE, dtype=np.uint32),
            input_scripts=input_scripts(self._plan.seed, rows.spent_account, rows.spent_transaction, rows.spent_output),
            output_starts=_starts(np.bincount(outputs_of, minlength=count)),
            values=rows.value[in_order],
            output_scripts=output_scripts(self._plan.seed, rows.account[in_order]),
        )

    def _nonces(self, heights: IntArray) -> "np.ndarray[Any, np.dtype[np.uint32]]":
        """Arbitrary nonces, because no block is mined."""
        words = heights.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(self._plan.seed)
        return (mix(words) >> np.uint64(32)).astype(np.uint32)

    def _known_ids(self, spent: IntArray, known: "np.ndarray[Any, np.dtype[np.bool_]]") -> Bytes:
        """By input, the id of the transaction that it spends, if that is not in these blocks."""
        ids = np.zeros((len(spent), HASH_BYTES), dtype=np.uint8)
        coinbase, other = known & (spent < 0), known & (spent >= 0)
        ids[coinbase] = self._coinbases.of(-1 - spent[coinbase])
        ids[other] = self._others.of(spent[other])
        return ids

    def _with_headers(self, columns: BlockColumns, transaction_sizes: Integers) -> BlockColumns:
        """The blocks with their sizes, Merkle roots, ids and links."""
        starts = columns.transaction_starts
        overhead = block_overhead(columns.transaction_counts)
        roots, _ = merkle_roots(reversed_hashes(columns.txids), starts)
        columns = replaced(
            columns,
            transaction_sizes=transaction_sizes,
            sizes=overhead + np.add.reduceat(transaction_sizes, starts[:-1]),
            stripped_sizes=overhead + np.add.reduceat(columns.transaction_stripped_sizes, starts[:-1]),
            merkle_roots=reversed_hashes(roots),
        )
        headers = serialised_headers(columns)
        hashes = np.empty((len(columns) + 1, HASH_BYTES), dtype=np.uint8)  # of the block before, and of these blocks
        hashes[0] = self._last_hash
        for number, header in enumerate(headers):
            header[PREVIOUS_HASH] = hashes[number]
            hashes[number + 1] = np.frombuffer(
                hashlib.sha256(hashlib.sha256(header.tobytes()).digest()).digest(), dtype=np.uint8
            )
        self._last_hash = hashes[-1].copy()
        written = reversed_hashes(hashes)
        return replaced(columns, hashes=written[1:], previous_hashes=written[:-1])


def coinbase_scripts(plan: Plan, heights: IntArray) -> Slices:
    """The scripts of coinbases' inputs: the height, and a name that differs from every other chain."""
    name = b"satledger sample " + hashlib.sha256(plan.text.encode()).digest()[:8]
    scripts = [pushed_height(height) + bytes([len(name)]) + name for height in heights.tolist()]
    lengths = np.array([len(script) for script in scripts], dtype=np.int64)
    return Slices(np.frombuffer(b"".join(scripts), dtype=np.uint8), np.cumsum(lengths) - lengths, lengths)


def pushed_height(height: int) -> bytes:
    """The height as a script push, with which each coinbase's script has to begin (BIP 34)."""
    if height == 0:
        return b"\x00"
    if height <= 16:
        return bytes([0x50 + height])
    size = height.bit_length() // 8 + 1  # the first bit is a sign
    return bytes([size]) + height.to_bytes(size, "little")


def _join(parts: list[Rows]) -> Rows:
    return Rows(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in Rows.__dataclass_fields__})


def _starts(counts: IntArray) -> IntArray:
    """The start of each part, and at the end the end of the last one."""
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)])
