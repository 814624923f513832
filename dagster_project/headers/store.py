"""Headers in the lake: one Parquet file for each asset and day, named by them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from dagster_project.errors import SatledgerError
from dagster_project.headers.model import Header
from dagster_project.inputs.lake_table import Row, write_tables
from dagster_project.warehouse.database import connect

COLUMNS = {
    "asset": "VARCHAR",
    "height": "BIGINT",
    "hash": "VARCHAR",
    "time": "BIGINT",
    "previous_time": "BIGINT",
    "median_time": "BIGINT",
    "bits": "VARCHAR",
    "difficulty": "DOUBLE",
    "work": "DECIMAL(38,0)",
    "reward": "DECIMAL(38,0)",
}

DAYS_AT_ONCE = 500
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
    """The header days of one asset: ``<lake>/headers/<asset>/<day>.parquet``."""

    def __init__(self, lake: Path, asset: str) -> None:
        self.asset = asset
        self.folder = lake / "headers" / asset

    def write(self, days: Iterable[tuple[date, Sequence[Header]]]) -> Written:
        """Write whole days, each by height, in place of what was there, some hundred days at a time."""
        total = Written(0, 0)
        batch: dict[str, list[Row]] = {}
        rows = 0
        for day, headers in days:
            batch[self._path(day).name] = [self._row(header) for header in headers]
            rows += len(headers)
            total += Written(1, len(headers))
            if len(batch) >= DAYS_AT_ONCE or rows >= ROWS_AT_ONCE:
                write_tables(self.folder, COLUMNS, batch)
                batch, rows = {}, 0
        if batch:
            write_tables(self.folder, COLUMNS, batch)
        return total

    def _row(self, header: Header) -> Row:
        return (
            self.asset,
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

    def days(self) -> list[date]:
        """Return the days that are there, in order.

        Raises:
            SatledgerError: another file lies there.
        """
        return sorted(map(self._day_of, self.folder.glob("*.parquet")))

    @staticmethod
    def _day_of(path: Path) -> date:
        try:
            return date.fromisoformat(path.stem)
        except ValueError:
            raise SatledgerError(
                f"{path} is not a day of headers, such as 2009-01-09.parquet: move it away and run this again."
            ) from None

    def latest_block(self, day: date) -> tuple[int, str] | None:
        """Return height and hash of the highest block of a day that is there, nothing if the day has no blocks."""
        with connect(None) as connection:
            return connection.execute(
                "select height, hash from read_parquet(?) order by height desc limit 1", [str(self._path(day))]
            ).fetchone()

    def remove(self, day: date) -> None:
        """Remove a day."""
        self._path(day).unlink()

    def _path(self, day: date) -> Path:
        return self.folder / f"{day.isoformat()}.parquet"
