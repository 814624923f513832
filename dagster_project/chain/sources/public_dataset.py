"""The AWS public Bitcoin data set as a source, from a folder or from S3."""

import logging
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from datetime import date

import duckdb

from dagster_project.blocks.consensus import ONE_DAY, Calendar, Header, utc_day
from dagster_project.chain.input_crosscheck import compare_resolved_inputs
from dagster_project.chain.sources.base import WHAT, Tip, consecutive, groups
from dagster_project.chain.sources.dataset_files import SETTING
from dagster_project.chain.sources.dataset_tables import Dataset
from dagster_project.chain.sources.stale import has_blocks, stale_in_part
from dagster_project.chain.sources.table_headers import TableHeaders
from dagster_project.errors import SatledgerError
from dagster_project.inputs.intake import Intake
from dagster_project.lake.manifest import Manifest, held_days, read_manifest
from dagster_project.lake.next_hour import day_begun, first_hour
from dagster_project.lake.raw_day import write_staged_days
from dagster_project.lake.staging import look_up, readable_errors, scratch_folder, staging
from dagster_project.progress import Report, silent
from dagster_project.settings import Settings, Source

GROUP_TRANSACTIONS = 250_000
# Header times are up to two hours ahead of consensus time, and some days where blocks are slow.
MARGIN_FOLDERS = 2
# Days of the lake that are checked for a reorganisation; the data set comes from a node that has seen most of them
# already.
LOOK_BACK_DAYS = 10

logger = logging.getLogger(__name__)


class PublicDatasetSource:
    """A copy of the data set on disk, or the data set itself on S3; it satisfies ``sources.base.Source``.

    Raises:
        SatledgerError: there is no data set, or it cannot be read.
    """

    def __init__(self, settings: Settings) -> None:
        if settings.dataset is None:
            raise SatledgerError(
                f"{SETTING} is not set: point it to a copy of the public data set, or to "
                "s3://aws-public-blockchain/v1.0/btc."
            )
        self._settings, self._root = settings, settings.dataset
        self._intake = Intake(WHAT, settings.dataset, SETTING)
        self._dataset = Dataset(settings.dataset)
        with self._looking_up() as connection:
            self._dates = self._dataset.files.dates(connection, self._intake)
        self._counted: set[date] = set()

    @property
    def name(self) -> str:
        """The source's name as in ``SATLEDGER_SOURCE``."""
        return Source.PUBLIC_DATASET.value

    @property
    def intake(self) -> Intake:
        """What was taken of the files that were read, and what was skipped."""
        return self._intake

    def tip(self) -> Tip:
        """The last block of the data set."""
        tip = self._tip()
        return Tip(tip.height, tip.hash, tip.median_time)

    def first_day(self) -> date:
        """The first day of the calendar, or the first whole one of the data set or the lake."""
        with self._looking_up() as connection:
            chain, calendar = self._window(connection, self._dates[0], self._dates[0])
            first, is_whole = calendar.first_day(), chain.lowest() == 0
        return first if is_whole else min([*held_days(self._settings.raw), first + ONE_DAY])

    def last_complete_day(self) -> date | None:
        """The last day that the data set completes, or None."""
        folders = 1
        with self._looking_up() as connection:
            while True:
                _, calendar = self._window(connection, self._dates[-folders], self._dates[-1])
                complete = calendar.last_complete_day()
                if complete is not None or folders == len(self._dates):
                    return complete
                # The confirmations need more folders.
                folders = min(4 * folders, len(self._dates))

    def last_hash(self, day: date) -> str:
        """Hash of the last block up to the end of a complete day."""
        tip = self._tip()
        with self._looking_up() as connection:
            _, calendar = self._window(connection, day, day, tip)
            return calendar.last_hash(day)

    def stale_days(self, held: Sequence[Manifest]) -> list[date]:
        """Held days whose blocks the data set replaces by others."""
        within = [manifest for manifest in held if self._dates[0] < manifest.day <= self._dates[-1]]
        if not within:
            return []
        looked_through, tip = LOOK_BACK_DAYS, self._tip()
        with self._looking_up() as connection:
            while True:
                part = within[-looked_through:]
                chain, calendar = self._window(connection, part[0].day, part[-1].day, tip)
                stale = stale_in_part(chain, calendar, part, self._settings.raw)
                if len(stale) < len(part) or len(part) == len(within):
                    return stale
                looked_through *= 4

    def has(self, held: Manifest) -> bool:
        """Whether the blocks of a held day are those of the data set."""
        tip = self._tip()
        with self._looking_up() as connection:
            _, calendar = self._window(connection, held.day, held.day, tip)
            return has_blocks(calendar, held)

    def begun(self, day: date) -> "PublicDatasetSource":
        """The same source, for which a day ends after its first hour."""
        hourly = copy(self)
        hourly._settings = first_hour(self._settings, day)
        return hourly

    def extract(self, days: Sequence[date], report: Report = silent) -> Iterator[Manifest]:
        """Write raw days into the lake, in order, and yield the manifest of each once it is written.

        Raises:
            IncompleteDayError: a day is not complete, or lies before the first; nothing is written then.
            SourceChangedError: the data set does not continue what the lake holds.
            SatledgerError: it cannot be read, or is not whole.
        """
        tip = self._tip()
        with (
            readable_errors(self._settings),
            scratch_folder(self._settings) as scratch,
            staging(self._settings, scratch) as connection,
        ):
            self._dataset.prepare(connection)
            for first, last in consecutive(days):
                chain, calendar = self._window(connection, first, last, tip)
                self._require_beginning(chain, first)
                total, done = len(calendar.heights(first, last)), 0
                for group in groups(calendar, [(first, last)], GROUP_TRANSACTIONS):
                    report("reading blocks from the public data set", done, total)
                    headers = [header for day in group for header in day.headers]
                    whole = [header for day in group if day.day != day_begun(self._settings) for header in day.headers]
                    self._stage(connection, headers, whole)
                    wanted = [day.day for day in group]
                    for manifest in write_staged_days(
                        connection, self._settings, wanted, self.name, {}, with_witnesses=True
                    ):
                        done += manifest.blocks
                        report("writing days", done, total)
                        yield manifest

    def _stage(
        self, connection: duckdb.DuckDBPyConnection, headers: Sequence[Header], counted: Sequence[Header]
    ) -> None:
        if not headers:
            self._dataset.stage(connection, self._dates[:1], range(0))
            return
        dates = sorted({utc_day(header.time) for header in headers})
        self._dataset.stage(connection, dates, range(headers[0].height, headers[-1].height + 1))
        new = sorted({utc_day(header.time) for header in counted} - self._counted)
        for name, rows in self._dataset.files.rows(connection, new):
            self._intake.take(name, rows)
        self._counted.update(new)
        opinion = compare_resolved_inputs(connection)
        if opinion.differing:
            logger.warning("the public data set, heights %s to %s: %s", headers[0].height, headers[-1].height, opinion)

    @contextmanager
    def _looking_up(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with look_up(self._settings) as connection:
            self._dataset.prepare(connection)
            yield connection

    def _tip(self) -> Header:
        with self._looking_up() as connection:
            chain, _ = self._window(connection, self._dates[-1], self._dates[-1])
            return chain.tip()

    def _require_beginning(self, chain: TableHeaders, first: date) -> None:
        """Accept a first day only if its first block is surely in the data set."""
        lowest = chain.headers(chain.lowest(), chain.lowest())[0]
        known = lowest.height == 0 or utc_day(lowest.median_time) < first
        if not known and read_manifest(self._settings.raw, first - ONE_DAY) is None:
            raise SatledgerError(
                f"The data set in {self._root} begins with block {lowest.height}, perhaps in the middle of {first}: "
                "the folders of the days before are needed too, from height 0 on or from where the lake ends."
            )

    def _window(
        self, connection: duckdb.DuckDBPyConnection, first: date, last: date, tip: Header | None = None
    ) -> tuple[TableHeaders, Calendar]:
        """The headers from before the first block of a day to after the last one of another.

        Only the folders around these days are read: a list of all blocks takes minutes to read from S3.
        """
        margin = MARGIN_FOLDERS
        while True:
            low = max(bisect_left(self._dates, first) - margin, 0)
            high = min(bisect_right(self._dates, last) + margin, len(self._dates))
            self._dataset.stage_headers(connection, self._dates[low:high])
            begins, ends = _trim(connection, first, last)
            if (begins or low == 0) and (ends or high == len(self._dates)):
                break
            margin *= 2
        chain = TableHeaders(connection, self._root, tip)
        return chain, Calendar(chain, self._settings.min_confirmations, day_begun(self._settings))


def _trim(connection: duckdb.DuckDBPyConnection, first: date, last: date) -> tuple[bool, bool]:
    """Cut ``headers`` off where blocks are missing because they lie in folders that were not read.

    Returns:
        Whether the block before the first day is there, and whether the one after the last day is.
    """
    start, end, successor = connection.execute(f"""
        SELECT coalesce(min(height) FILTER (day >= DATE '{first}'), max(height)), max(height),
            min(height) FILTER (day > DATE '{last}')
        FROM (SELECT height, DATE '1970-01-01' + (median_time // 86400)::INTEGER AS day FROM headers)
    """).fetchall()[0]
    before = max(start - 1, 0)
    runs = connection.execute("""
        SELECT min(height), max(height) FROM (
            SELECT height, height - dense_rank() OVER (ORDER BY height) AS run FROM headers
        ) GROUP BY run ORDER BY run
    """).fetchall()
    lowest = next((low for low, high in runs if low <= before <= high), start)
    highest = next((high for low, high in runs if successor is not None and low <= successor <= high), end)
    connection.execute(f"DELETE FROM headers WHERE height NOT BETWEEN {lowest} AND {highest}")
    return any(low <= before <= high for low, high in runs), successor is not None
