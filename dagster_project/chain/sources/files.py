"""Export files of bitcoin-etl as a source."""

from collections.abc import Iterator, Sequence
from datetime import date

import duckdb
import pyarrow as pa

from dagster_project.blocks.consensus import MEDIAN_SPAN, Calendar
from dagster_project.blocks.parameters import load_parameters
from dagster_project.chain.sources.base import WHAT, Tip, consecutive, groups
from dagster_project.chain.sources.export_files import SETTING, ExportFile, Exports, check_compressed, find_exports
from dagster_project.chain.sources.export_rows import ExportRows
from dagster_project.chain.sources.of_calendar import OfCalendar
from dagster_project.chain.sources.stale import stale_in_part
from dagster_project.chain.sources.table_headers import TableHeaders, add_ancestry
from dagster_project.database import connect
from dagster_project.errors import DamagedDayError, SatledgerError
from dagster_project.inputs.intake import Intake
from dagster_project.lake.keeping import BLOCKS, look_through, read_table
from dagster_project.lake.manifest import Manifest
from dagster_project.lake.raw_checks import check_genesis
from dagster_project.lake.raw_day import write_staged_days
from dagster_project.lake.staging import look_up, readable_errors, scratch_folder, staging
from dagster_project.progress import Report, silent
from dagster_project.settings import Settings, Source

# Days are loaded in groups of about this many transactions, which bounds memory and disk.
GROUP_TRANSACTIONS = 250_000


class FilesSource(OfCalendar[TableHeaders]):
    """A folder of bitcoin-etl's exports, split by height in any way, in any of the forms of docs/sources.md.

    The folder need not begin with block 0: it may continue what the lake holds.

    Raises:
        SatledgerError: there is no such folder, or it has no exports.
    """

    def __init__(self, settings: Settings) -> None:
        folder = settings.files
        if folder is None or not folder.is_dir():
            raise SatledgerError(
                f"{SETTING} ({folder or 'not set'}) is not a folder: point it to the exports of bitcoin-etl."
            )
        self._settings, self._folder = settings, folder
        self._parameters = load_parameters(settings.resolved_chain)
        self._intake = Intake(WHAT, folder, SETTING)
        self._exports = find_exports(folder, self._intake)
        for file in self._exports.blocks:
            check_compressed(file.path)
        # A day that is damaged is read again, from here if need be.
        self._lake = look_through(settings.raw)
        self._held = self._lake.manifests
        with look_up(settings) as connection:
            self._stage_headers(connection)
            headers = connection.sql("FROM headers").to_arrow_table()
        # Only the headers are needed later: they stay in memory, and the rest is removed from the disk.
        kept = connect(None, {"memory_limit": settings.memory_limit, "threads": settings.threads})
        kept.register("looked_up", headers)
        kept.execute("CREATE TABLE headers AS FROM looked_up")
        kept.unregister("looked_up")
        self._chain = TableHeaders(kept, str(folder))
        self._calendar = self._whole_days = Calendar(self._chain, settings.min_confirmations)

    @property
    def name(self) -> str:
        """The source's name as in ``SATLEDGER_SOURCE``."""
        return Source.FILES.value

    @property
    def intake(self) -> Intake:
        """What was taken of the exports, and what was skipped."""
        return self._intake

    def tip(self) -> Tip:
        """The last block of the export."""
        tip = self._chain.tip()
        return Tip(tip.height, tip.hash, tip.median_time)

    def first_day(self) -> date:
        """The first day of the calendar."""
        first = self._calendar.first_day()
        return min(first, self._held[0].day) if self._chain.lowest() else first

    def last_complete_day(self) -> date | None:
        """The last day that the export completes, or None."""
        return self._calendar.last_complete_day()

    def last_hash(self, day: date) -> str:
        """Hash of the last block up to the end of a complete day."""
        return self._calendar.last_hash(day)

    def stale_days(self, held: Sequence[Manifest]) -> list[date]:
        """Held days whose blocks the export replaces by others.

        Days outside the heights of the export are kept: exports may come in parts.
        """
        return stale_in_part(self._chain, self._calendar, held, self._settings.raw)

    def extract(self, days: Sequence[date], report: Report = silent) -> Iterator[Manifest]:
        """Write raw days into the lake, in order, and yield the manifest of each once it is written.

        Raises:
            IncompleteDayError: a day is not complete, or lies before the first; nothing is written then.
            SourceChangedError: the export does not continue what the lake holds.
            SatledgerError: the export is damaged, or not whole.
        """
        if not days:
            return
        ranges = list(consecutive(days))
        total, done = sum(len(self._calendar.heights(first, last)) for first, last in ranges), 0
        with (
            readable_errors(self._settings),
            scratch_folder(self._settings) as scratch,
            staging(self._settings, scratch) as connection,
        ):
            report("looking through the exports", done, total)
            rows = self._stage_headers(connection)
            transactions = _TransactionFiles(rows, connection, self._exports)
            self._count(rows, transactions)
            for group in groups(self._calendar, ranges, GROUP_TRANSACTIONS):
                report("reading blocks from the exports", done, total)
                headers = [header for day in group for header in day.headers]
                first, last = (headers[0].height, headers[-1].height) if headers else (0, -1)
                transactions.load(first, last)
                connection.execute(f"""
                    CREATE OR REPLACE TEMP VIEW staged_blocks AS
                    SELECT exported_blocks.*, headers.median_time, headers.previous_hash
                    FROM exported_blocks JOIN headers ON number = height
                    WHERE number BETWEEN {first} AND {last}
                """)
                for manifest in write_staged_days(
                    connection, self._settings, [day.day for day in group], self.name, {}
                ):
                    done += manifest.blocks
                    report("writing days", done, total)
                    yield manifest

    def _count(self, rows: ExportRows, transactions: "_TransactionFiles") -> None:
        """Report to the intake what was taken of the files, and what was skipped."""
        files = [*self._exports.blocks, *self._exports.transactions, *self._exports.enriched]
        self._intake.recount(file.path for file in files)
        last = self._whole_days.last_complete_day()
        height = self._whole_days.heights(last, last).stop - 1 if last else -1
        for path, count, reason in rows.counts(self._exports, height, transactions.tables):
            if reason:
                self._intake.leave(path, reason, count)
            else:
                self._intake.take(path, count)

    def _stage_headers(self, connection: duckdb.DuckDBPyConnection) -> ExportRows:
        """Create ``exported_blocks``, and ``headers``: of the export, and of what it continues in the lake."""
        rows = ExportRows(connection, self._parameters)
        rows.load_blocks(self._exports.blocks)
        # Checked first: on another chain's rows all other checks mean nothing.
        for (block_hash,) in connection.execute("SELECT hash FROM exported_blocks WHERE number = 0").fetchall():
            if block_hash:
                check_genesis(block_hash, self._parameters)
        rows.require_good_blocks(self._exports.blocks)
        connection.execute("""
            CREATE TEMP TABLE headers AS
            SELECT number AS height, hash, NULL::VARCHAR AS previous_hash, timestamp AS time,
                NULL::BIGINT AS median_time, transaction_count AS transactions
            FROM exported_blocks
        """)
        lowest = connection.execute("SELECT min(height) FROM headers").fetchall()[0][0]
        if lowest:
            self._connect_to_lake(connection, lowest)
        add_ancestry(connection)
        return rows

    def _connect_to_lake(self, connection: duckdb.DuckDBPyConnection, lowest: int) -> None:
        """Add the headers of the lake's last blocks before the export to ``headers``."""
        before = [held for held in self._held if held.first_height is not None and held.first_height < lowest]
        last = before[-1].last_height if before else None
        if last is None or last < lowest - 1:
            for damaged in self._lake.damaged:
                raise DamagedDayError(
                    damaged.folder, damaged.problem, f", and the export in {self._folder} begins at height {lowest}"
                )
            raise SatledgerError(
                f"The export in {self._folder} begins at height {lowest}, but the lake "
                f"{'is empty' if last is None else f'ends at height {last}'}: an export from height "
                f"{0 if last is None else last + 1} is needed."
            )
        needed = before[-1:]
        while needed[0] is not before[0] and lowest - (needed[0].first_height or 0) < MEDIAN_SPAN:
            needed = before[-len(needed) - 1 :]
        lake_blocks = pa.concat_tables([read_table(self._settings.raw, held, BLOCKS) for held in needed])
        connection.register("lake_blocks", lake_blocks)
        connection.execute(f"""
            INSERT INTO headers
            SELECT height, lower(hex(hash)), lower(hex(previous_hash)), time, median_time, transaction_count
            FROM lake_blocks WHERE height < {lowest}
        """)
        connection.unregister("lake_blocks")


class _TransactionFiles:
    """Files of transactions; each is loaded once, when its first block is needed.

    Enriched transactions are read only at heights that no other file has, because bitcoin-etl writes both kinds.

    Attributes:
        tables: those with the heights of the files.
    """

    def __init__(self, rows: ExportRows, connection: duckdb.DuckDBPyConnection, exports: Exports) -> None:
        for file in (*exports.transactions, *exports.enriched):
            check_compressed(file.path)
        self._rows, self._connection = rows, connection
        self._unread: list[tuple[ExportFile, int, int, str | None]] = []
        self.tables: list[str] = []
        for files, table, but_heights in (
            (exports.transactions, "plain_heights", None),
            (exports.enriched, "enriched_heights", "plain_heights" if exports.transactions else None),
        ):
            if files:
                ranges = rows.index(files, table)
                self.tables.append(table)
                self._unread += [(file, *ranges[file.path], but_heights) for file in files if file.path in ranges]

    def load(self, first: int, last: int) -> None:
        """Load the transactions of some heights into ``staged_transactions``; heights must not fall from call to call.

        Raises:
            SatledgerError: a file is damaged, or a row is not as it has to be.
        """
        self._connection.execute(f"DELETE FROM staged_transactions WHERE block_number < {first}")
        wanted = [each for each in self._unread if each[1] <= last and first <= each[2]]
        for but_heights in (None, "plain_heights"):
            files = [each[0] for each in wanted if each[3] == but_heights]
            if files:
                self._rows.load_transactions(files, but_heights)
        self._unread = [each for each in self._unread if each not in wanted]
