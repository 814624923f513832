"""The header days of an asset in the lake, in files by month."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from filelock import FileLock

from dagster_project.database import connect
from dagster_project.errors import SatledgerError
from dagster_project.files import remove_side_files, sync
from dagster_project.headers.model import Header
from dagster_project.headers.month_files import (
    COLUMNS,
    MONTHS,
    SINGLE_DAYS,
    STAGED,
    day_of,
    footers,
    headers_of_single_day,
    month_of,
    readable,
    stage_other_days,
    write_month,
)
from dagster_project.inputs.lake_table import Row, aside_in, put_changed, staged
from dagster_project.lake.staging import quoted

# A day and its headers, by height.
Day = tuple[date, Sequence[Header]]

ROWS_AT_ONCE = 50_000


@dataclass(frozen=True)
class Written:
    """How much was written."""

    days: int
    blocks: int

    def __add__(self, other: "Written") -> "Written":
        """Add up two of them."""
        return Written(self.days + other.days, self.blocks + other.blocks)


class HeaderStore:
    """The header days of one asset: ``<lake>/headers/<asset>/<month>.parquet``."""

    def __init__(self, lake: Path, asset: str) -> None:
        self.asset = asset
        self.folder = lake / "headers" / asset

    def write(self, days: Iterable[Day]) -> Written:
        """Write whole days, replacing what is held of them, some ten thousand blocks at a time.

        Other days of these months are kept. The same days give the same files, in whatever order and portions they are
        written.

        Raises:
            SatledgerError: the file of one of these months is damaged.
        """
        total = Written(0, 0)
        batch: dict[date, list[Row]] = {}
        rows = 0
        for day, headers in days:
            batch[day] = [self._row(day, header) for header in headers] or [self._row(day)]
            rows += len(headers)
            total += Written(1, len(headers))
            if rows >= ROWS_AT_ONCE:
                self._rewrite(batch)
                batch, rows = {}, 0
        if batch:
            self._rewrite(batch)
        return total

    def days(self) -> list[date]:
        """Return the days that are held, in order.

        Raises:
            SatledgerError: a file is damaged, or the folder has other files.
        """
        others = set(self.folder.glob("*.parquet")) - set(self.folder.glob(MONTHS))
        if others:
            raise SatledgerError(
                f"{min(others)} is not a month of headers, such as 2009-01.parquet: move it away and run this again."
            )
        return sorted(self._held())

    def _held(self) -> set[date]:
        return {day for days in footers(self.folder.glob(MONTHS)).values() for day in days}

    def latest_block(self, day: date) -> tuple[int, str] | None:
        """Return height and hash of the highest block of a held day; None if the day has no blocks.

        Raises:
            SatledgerError: the file of its month is damaged.
        """
        path = self.folder / month_of(day)
        with connect(None) as connection, readable(path):
            return connection.execute(
                f"select height, hash from read_parquet({quoted(path)}) "
                f"where day = date '{day}' and height is not null order by height desc limit 1"
            ).fetchone()

    def remove(self, day: date) -> None:
        """Remove a day; a month's file is removed with its last day.

        Raises:
            SatledgerError: the file of its month is damaged.
        """
        self._rewrite({day: []})

    def take_over_single_days(self) -> None:
        """Move the days that an earlier version wrote, one file each, into files by month.

        Old files are removed only after the new ones are written: a killed run loses nothing, and the next one
        continues.

        Raises:
            SatledgerError: a file is damaged, or the folder has other files.
        """
        single = sorted(self.folder.glob(SINGLE_DAYS))
        if single:
            days = [(day_of(path), path) for path in single]
            held = self._held()
            # Thousands of tiny files: more threads would only wait for each other.
            with connect(None, {"threads": 1}) as connection:
                self.write((day, headers_of_single_day(connection, path)) for day, path in days if day not in held)
            for path in single:
                remove_side_files(path)
                path.unlink()
            sync(self.folder)

    def _row(self, day: date, header: Header | None = None) -> Row:
        if header is None:
            return (self.asset, day.isoformat(), *[None] * (len(COLUMNS) - 2))
        return (
            self.asset,
            day.isoformat(),
            header.height,
            header.hash,
            header.time,
            header.previous_time,
            header.median_time,
            header.bits,
            repr(header.difficulty),
            header.work,
            header.reward,
        )

    def _rewrite(self, days: Mapping[date, Sequence[Row]]) -> None:
        """Rewrite the months of some days with these rows; a day without rows is removed."""
        months: dict[str, list[Row]] = {}
        for day, rows in days.items():
            months.setdefault(month_of(day), []).extend(rows)
        self.folder.mkdir(parents=True, exist_ok=True)
        # Locked, because existing rows are read and written again: two processes at once would lose each other's days.
        with (
            FileLock(self.folder / ".lock"),
            aside_in(self.folder) as aside,
            staged(aside / "rows.csv", STAGED, months) as connection,
        ):
            there = [name for name in months if (self.folder / name).exists()]
            for name in there:
                stage_other_days(connection, self.folder / name, days)
            written = [name for name in months if write_month(connection, aside / name)]
            put_changed(aside, self.folder, written)
            for name in set(there) - set(written):
                remove_side_files(self.folder / name)
                (self.folder / name).unlink()
                sync(self.folder)
