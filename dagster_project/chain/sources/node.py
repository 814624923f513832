"""A Bitcoin node as a source: its raw blocks, or what bitcoin-etl reads over JSON-RPC."""

import shutil
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from importlib.metadata import version
from pathlib import Path

import duckdb
import msgspec
import numpy as np
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from dagster_project.blocks.consensus import Calendar, Header
from dagster_project.blocks.difficulty import History
from dagster_project.blocks.parameters import load_parameters
from dagster_project.blocks.parse import DamagedBlockError, parse_one
from dagster_project.chain.sources.base import WHAT, Group, Tip, consecutive, groups
from dagster_project.chain.sources.export import create_export_tables, export_blocks, load_export, require_bitcoin_etl
from dagster_project.chain.sources.node_headers import NodeHeaders, require_linked
from dagster_project.chain.sources.node_raw import TRANSACTION_BYTES, RawNode, raw_blocks
from dagster_project.chain.sources.of_calendar import OfCalendar
from dagster_project.chain.sources.raw_groups import RAW_TOOLS, RawGroup, pieces_of, write_groups
from dagster_project.chain.sources.rpc import NodeRpc
from dagster_project.chain.sources.stale import stale_days
from dagster_project.errors import DisprovenError, IncompleteDayError, SatledgerError, SourceChangedError
from dagster_project.inputs.intake import Intake
from dagster_project.lake.history import lake_history
from dagster_project.lake.manifest import Manifest
from dagster_project.lake.raw_day import write_staged_days
from dagster_project.lake.staging import own_tables, quoted, readable_errors, scratch_folder, staging
from dagster_project.progress import Report, silent
from dagster_project.settings import NodeReader, Settings, Source

# Days are read in groups of about this many transactions: enough that starting and stopping bitcoin-etl's workers costs
# little, few enough that writing one group overlaps with reading the next.
GROUP_TRANSACTIONS = 10_000
# Groups that wait to be written while the next one is read: few, because each takes space on the disk.
GROUPS_IN_WRITING = 2
# The same for raw blocks; more would take too much memory.
RAW_GROUP_TRANSACTIONS = 50_000
# Two, so that the last groups are written at the same time: by then nothing is read any more.
WRITERS = 2
REORGANISATIONS = 5


class NodeSource(OfCalendar[NodeHeaders]):
    """The chain of a running node; it satisfies ``sources.base.Source``.

    Args:
        settings: name the node.
        patient: whether a node that does not answer, or is syncing, is asked again.

    Raises:
        SatledgerError: the node cannot be reached, refuses the credentials, is syncing, or on another chain.
    """

    def __init__(self, settings: Settings, *, patient: bool = True) -> None:
        self._settings = settings
        self._rpc = NodeRpc(settings, patient=patient)
        self._parameters = load_parameters(settings.resolved_chain)
        self._chain = NodeHeaders(self._rpc, self._parameters)
        self._calendar = Calendar(self._chain, settings.min_confirmations)

    @property
    def name(self) -> str:
        """The source's name as in ``SATLEDGER_SOURCE``."""
        return Source.NODE.value

    @property
    def intake(self) -> Intake:
        """Nothing: there are no files."""
        return Intake(WHAT)

    def tip(self) -> Tip:
        """The last block of the node's best chain."""
        self._chain.refresh()
        tip = self._chain.tip()
        return Tip(tip.height, tip.hash, tip.median_time)

    def first_day(self) -> date:
        """The first day of the calendar."""
        return self._calendar.first_day()

    def last_complete_day(self) -> date | None:
        """The last day that is complete now, or None."""
        self._chain.refresh()
        return self._calendar.last_complete_day()

    def last_hash(self, day: date) -> str:
        """Hash of the last block up to the end of a complete day."""
        return self._calendar.last_hash(day)

    def stale_days(self, held: Sequence[Manifest]) -> list[date]:
        """Held days that a reorganisation has replaced, or that are no longer complete."""
        self._chain.refresh()
        return stale_days(self._chain, self._calendar, held, self._settings.raw)

    def extract(self, days: Sequence[date], report: Report = silent) -> Iterator[Manifest]:
        """Write raw days into the lake, in order, and yield the manifest of each once it is written.

        While one group of days is written, the next one is read.

        Raises:
            IncompleteDayError: a day is not complete yet, or lies before the first; nothing is written then.
            SourceChangedError: a reorganisation reached below what the lake holds.
            SatledgerError: the node failed, or has pruned a block.
        """
        if not days:
            return
        self._chain.refresh()
        ranges = list(consecutive(days))
        heights = [self._calendar.heights(first, last) for first, last in ranges]
        self._refuse_pruned(heights)
        total, done = sum(map(len, heights)), 0
        is_raw = self._settings.node_reader is NodeReader.RAW
        if not is_raw:
            require_bitcoin_etl()
        versions = self._versions()
        if is_raw:
            yield from self._extract_raw(ranges, versions, report, total)
            return
        with (
            readable_errors(self._settings),
            scratch_folder(self._settings) as scratch,
            # One thread for each group that is written: a small day takes less time than with two.
            staging(self._settings, scratch, threads=1) as database,
            ThreadPoolExecutor(WRITERS) as writers,
        ):
            writing: deque[Future[list[Manifest]]] = deque()
            for number, group in enumerate(groups(self._calendar, ranges, GROUP_TRANSACTIONS)):
                folder = scratch / str(number)
                folder.mkdir()
                read = self._read(group, folder, report, done, total)
                done += sum(len(day.headers) for day in read)
                before = writing[-1] if writing else None
                writing.append(writers.submit(self._write, database, read, folder, versions, before))
                if len(writing) > GROUPS_IN_WRITING:
                    yield from writing.popleft().result()
            for written in writing:
                report("writing the last days", done, total)
                yield from written.result()
            report("blocks are read", done, total)

    def _extract_raw(
        self, ranges: Sequence[tuple[date, date]], versions: dict[str, str], report: Report, total: int
    ) -> Iterator[Manifest]:
        """As ``extract``, without bitcoin-etl. Blocks are asked for by hash, so each is the expected one."""
        reader = RawNode(self._settings, self._rpc)
        with readable_errors(self._settings):
            yield from write_groups(
                self._settings, self._raw_groups(ranges), reader.read, self.name, versions, report, total
            )

    def _raw_groups(self, ranges: Sequence[tuple[date, date]]) -> Iterator[RawGroup]:
        rules = self._parameters.rules
        for group in groups(self._calendar, ranges, RAW_GROUP_TRANSACTIONS):
            headers = [header for day in group for header in day.headers]
            require_linked([*headers, group[-1].successor])
            sizes = [header.transactions * TRANSACTION_BYTES for header in headers]
            day = group[0].day
            yield RawGroup(
                group, pieces_of(headers, sizes), lambda day=day: lake_history(self._settings.raw, rules, day)
            )

    def _read(self, group: Group, folder: Path, report: Report, done: int, total: int) -> Group:
        """Export the blocks of some days, again after a reorganisation; returns the days as they were read."""
        retrying = Retrying(
            retry=retry_if_exception_type(SourceChangedError),
            stop=stop_after_attempt(REORGANISATIONS),
            wait=wait_exponential(max=8),
            reraise=True,
        )
        for trial in retrying:
            with trial:
                if trial.retry_state.attempt_number > 1:
                    group = self._look_again(group)
                self._read_once(group, folder, report, done, total)
        return group

    def _read_once(self, group: Group, folder: Path, report: Report, done: int, total: int) -> None:
        headers = [header for day in group for header in day.headers]
        successor = group[-1].successor
        require_linked([*headers, successor])
        exported = export_blocks(self._rpc, self._settings, headers, folder, report, done, total)
        if exported != {header.height: header.hash for header in headers}:
            raise SourceChangedError("The node's chain was reorganised while it was exported: start the build again.")
        # The successor commits to all headers before it, so this one comparison covers the whole group.
        if self._chain.hashes([successor.height]) != [successor.hash]:
            raise SourceChangedError("The node's chain was reorganised after it was exported: start the build again.")

    def _look_again(self, group: Group) -> Group:
        """The same days as the node has them now."""
        self._chain.refresh()
        try:
            return list(self._calendar.days(group[0].day, group[-1].day))
        except IncompleteDayError as error:
            # The new branch may still be growing.
            raise SourceChangedError(f"The node's chain was reorganised while it was read. {error}") from None

    def _write(
        self,
        database: duckdb.DuckDBPyConnection,
        group: Group,
        folder: Path,
        versions: dict[str, str],
        group_before: Future[list[Manifest]] | None,
    ) -> list[Manifest]:
        days = [day.day for day in group]
        headers = [header for day in group for header in day.headers]
        with own_tables(database) as connection:
            create_export_tables(connection)
            load_export(connection, "exported_blocks", [folder / "blocks.json"])
            load_export(connection, "staged_transactions", [folder / "transactions.json"])
            _stage_headers(connection, headers, folder)

            def history_before() -> History | None:
                if group_before is not None:
                    group_before.result()
                return lake_history(self._settings.raw, self._parameters.rules, days[0])

            manifests = list(
                write_staged_days(
                    connection,
                    self._settings,
                    days,
                    self.name,
                    versions,
                    history_before,
                    self.coinbase_sequence,
                    witnesses_proven=True,  # by ``rpc_witnesses``, in each answer to getblock
                )
            )
        shutil.rmtree(folder)
        return manifests

    def coinbase_sequence(self, block: str) -> int:
        """The sequence of a coinbase's input, from the raw block, because bitcoin-etl leaves it out."""
        (raw,) = raw_blocks(self._rpc, [block])
        try:
            script = parse_one(np.frombuffer(raw, dtype=np.uint8)).columns.coinbase_scripts
        except DamagedBlockError as error:
            raise DisprovenError(f"Block {block}, as the node sends its bytes, {error.fault}.") from None
        end = int(script.starts[0] + script.lengths[0])
        return int.from_bytes(raw[end : end + 4], "little")

    def _refuse_pruned(self, heights: Sequence[range]) -> None:
        lowest = min((blocks.start for blocks in heights if blocks), default=self._chain.pruned_below)
        if lowest < self._chain.pruned_below:
            raise SatledgerError(
                f"The node has pruned its blocks below height {self._chain.pruned_below}, but {lowest} is wanted: use "
                "a node with the whole chain (prune=0), or the source files or public-dataset for those days."
            )

    def _versions(self) -> dict[str, str]:
        node = self._rpc.call("getnetworkinfo").subversion
        is_raw = self._settings.node_reader is NodeReader.RAW
        tools = RAW_TOOLS if is_raw else ("bitcoin-etl",)
        return {name: version(name) for name in tools} | {"node": node}


def _stage_headers(connection: duckdb.DuckDBPyConnection, headers: Sequence[Header], folder: Path) -> None:
    """Create ``staged_blocks``: what bitcoin-etl exported, with the columns that only the headers have."""
    path = folder / "headers.json"
    path.write_bytes(msgspec.json.Encoder().encode_lines(headers))
    connection.execute(f"""
        CREATE OR REPLACE TEMP VIEW staged_blocks AS
        SELECT exported_blocks.*, headers.median_time, headers.previous_hash
        FROM exported_blocks
        JOIN read_json({quoted(path)}, format = 'newline_delimited',
            columns = {{'height': 'BIGINT', 'median_time': 'BIGINT', 'previous_hash': 'VARCHAR'}}) AS headers
            ON exported_blocks.number = headers.height
    """)
