"""The files of the AWS public Bitcoin data set (v1.0), in a folder or on S3."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb

from dagster_project.errors import SatledgerError
from dagster_project.inputs.folder import input_files
from dagster_project.inputs.intake import Intake
from dagster_project.lake.staging import quoted

SETTING = "SATLEDGER_DATASET"
# No hidden files: a tool may still be copying them.
FILES = "[!.]*.parquet"
_PLACE = re.compile(r"(?P<table>blocks|transactions)/date=(?P<day>\d{4}-\d\d-\d\d)/[^/]+\.parquet")


class DatasetFiles:
    """Parquet files in folders ``blocks/date=YYYY-MM-DD`` and ``transactions/date=YYYY-MM-DD``.

    Attributes:
        is_remote: whether they are on S3.
    """

    def __init__(self, root: str) -> None:
        self._root = root.rstrip("/")
        self.is_remote = "://" in root

    def dates(self, connection: duckdb.DuckDBPyConnection, intake: Intake) -> list[date]:
        """Dates that have a folder of blocks, in order.

        Args:
            connection: to list the files with.
            intake: takes what is skipped, and the files that are to be read.

        Raises:
            SatledgerError: there are none, or the data set cannot be read.
        """
        days: dict[str, date | None] = {}
        names = self._names(connection, intake)
        for name in names:
            place = _PLACE.fullmatch(name)
            days[name] = _date(place["day"]) if place else None
        with_blocks = {day for name, day in days.items() if day and name.startswith("blocks/")}
        if not with_blocks:
            raise SatledgerError(
                f"There are no folders blocks/date=YYYY-MM-DD with Parquet files in {self._root}: point "
                f"{SETTING} to a copy of the public data set, or to s3://aws-public-blockchain/v1.0/btc."
            )
        for name, day in days.items():
            if day is None:
                intake.leave_file(name, "it lies in no folder blocks/date=YYYY-MM-DD or transactions/date=YYYY-MM-DD")
            elif day not in with_blocks:
                intake.leave_file(name, "there are no blocks of that date")
        intake.expect(name for name, day in days.items() if day in with_blocks)
        return sorted(with_blocks)

    def _names(self, connection: duckdb.DuckDBPyConnection, intake: Intake) -> list[str]:
        """The Parquet files, by their names below the root; on S3 only those in the data set's own folders."""
        if not self.is_remote:
            root = Path(self._root)
            if not root.is_dir():
                return []
            return [path.relative_to(root).as_posix() for path in input_files(root, (".parquet",), intake, nested=True)]
        patterns = " UNION ALL ".join(
            f"FROM glob({quoted(f'{self._root}/{table}/date=*/{FILES}')})" for table in ("blocks", "transactions")
        )
        with self.readable_errors():
            found = connection.execute(patterns).fetchall()
        return sorted(name.removeprefix(f"{self._root}/") for (name,) in found)

    def rows(self, connection: duckdb.DuckDBPyConnection, dates: Sequence[date]) -> Iterator[tuple[str, int]]:
        """Yield the files of some dates, by their names below the root, with their numbers of rows.

        Raises:
            SatledgerError: the data set cannot be read.
        """
        if not dates:
            return
        globs = ", ".join(self.glob(table, day) for table in ("blocks", "transactions") for day in dates)
        with self.readable_errors():
            found = connection.execute(f"SELECT file_name, num_rows FROM parquet_file_metadata([{globs}])").fetchall()
        for name, rows in found:
            yield name.removeprefix(f"{self._root}/"), rows

    def glob(self, table: str, day: date) -> str:
        """The files of a table of one date, as a pattern in SQL."""
        return quoted(f"{self._root}/{table}/date={day}/{FILES}")

    @contextmanager
    def readable_errors(self) -> Iterator[None]:
        """Turn an error of DuckDB into one sentence that says that the data set cannot be read.

        Raises:
            SatledgerError: DuckDB failed inside the block, and not for lack of disk or memory.
        """
        try:
            yield
        except duckdb.Error as error:
            if "No space left" in str(error) or isinstance(error, duckdb.OutOfMemoryException):
                raise
            reason = str(error).splitlines()[0].rstrip(". ")
            raise self.unreadable(reason) from None

    def unreadable(self, reason: str) -> SatledgerError:
        """The error for a data set that cannot be read."""
        return SatledgerError(
            f"The public data set in {self._root} cannot be read ({reason}): see that it is there and whole, and "
            "try again, for its newest days are replaced every night."
        )


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
