"""Headers in the lake: one Parquet file for each asset and day, named by them."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb

from dagster_project.headers.model import Header
from dagster_project.inputs.lake_table import write_table

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


class HeaderStore:
    """The header days of one asset: ``<lake>/headers/<asset>/<day>.parquet``."""

    def __init__(self, lake: Path, asset: str) -> None:
        self.asset = asset
        self.folder = lake / "headers" / asset

    def write(self, day: date, headers: Sequence[Header]) -> None:
        """Write a whole day, by height, in place of what was there."""
        rows = (
            (
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
            for header in headers
        )
        write_table(self._path(day), COLUMNS, rows)

    def days(self) -> list[date]:
        """Return the days that are there, in order."""
        return sorted(date.fromisoformat(path.stem) for path in self.folder.glob("*.parquet"))

    def latest_block(self, day: date) -> tuple[int, str] | None:
        """Return height and hash of the highest block of a day that is there, nothing if the day has no blocks."""
        with duckdb.connect() as connection:
            return connection.execute(
                "select height, hash from read_parquet(?) order by height desc limit 1", [str(self._path(day))]
            ).fetchone()

    def remove(self, day: date) -> None:
        """Remove a day."""
        self._path(day).unlink()

    def _path(self, day: date) -> Path:
        return self.folder / f"{day.isoformat()}.parquet"
