"""Files of headers, one for each asset and month: their content, how they are written, and their footers.

Rows are in order of height, each with its day. A day that is held but has no blocks has one row at the end, with only
its asset and day. The footer's entry ``days`` is a JSON object with the SHA-256 of each day's rows. So the held days,
and whether they changed, are known without reading the rows. The entry ``seal`` is the SHA-256 of all the file's other
bytes.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import duckdb

from dagster_project.database import connect
from dagster_project.days import ONE_DAY, Days
from dagster_project.errors import SatledgerError
from dagster_project.headers.model import Header
from dagster_project.inputs.lake_table import NULL
from dagster_project.lake.staging import quoted

COLUMNS = {
    "asset": "VARCHAR",
    "day": "DATE",
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

# DuckDB takes 200 times as long to convert text to decimals directly as by way of integers.
STAGED = {column: "HUGEINT" if kind.startswith("DECIMAL") else kind for column, kind in COLUMNS.items()}

# A day and a half of the fastest chain: a reader of one day reads few rows of other days. Larger groups would not make
# the files smaller.
ROWS_IN_GROUP = 10_240

# A key and a value of 64 bytes, as a footer has them (Thrift's compact protocol).
_SEAL = b"seal\x18@"
_UNSEALED = "0" * 64

MONTHS = "????-??.parquet"

A_MONTH = timedelta(days=31)

# SHA-256 of a day's rows.
_VALUES = ", ',', ".join(f"coalesce(cast({column} as varchar), {quoted(NULL)})" for column in COLUMNS)
_DIGEST = f"sha256(string_agg(concat({_VALUES}), chr(10) order by height))"

# Files of an earlier version: one for each day, without a column for the day.
SINGLE_DAYS = "????-??-??.parquet"


def month_of(day: date) -> str:
    """Return the name of the file that a day is in."""
    return f"{day:%Y-%m}.parquet"


def day_digests(lake: Path) -> dict[tuple[str, date], str]:
    """Return the SHA-256 of each day's headers in the lake, by asset and day, without reading them.

    Raises:
        SatledgerError: a file is damaged, or there is one of an earlier version.
    """
    single = next((lake / "headers").glob(f"*/{SINGLE_DAYS}"), None)
    if single:
        raise SatledgerError(
            f"{single} was written by an earlier version of satledger: materialize block_headers, or run `satledger "
            "build`, which puts all headers into files by month."
        )
    files = (lake / "headers").glob(f"*/{MONTHS}")
    return {(path.parent.name, day): digest for path, days in footers(files).items() for day, digest in days.items()}


def footers(files: Iterable[Path]) -> dict[Path, dict[date, str]]:
    """Return the SHA-256 of each day's headers, by file and day, in one query over all footers.

    Raises:
        SatledgerError: a file is damaged.
    """
    paths = sorted(files)
    if not paths:
        return {}
    try:
        with connect(None) as connection:
            rows = connection.execute(
                "select file_name, decode(value) from parquet_kv_metadata"
                f"([{', '.join(map(quoted, paths))}]) where key = 'days'"
            ).fetchall()
    except (duckdb.Error, UnicodeDecodeError) as error:
        if len(paths) > 1:
            # The message may not name the file, so they are tried one by one.
            return {path: days for each in paths for path, days in footers([each]).items()}
        raise _damaged(paths[0], str(error)) from error
    texts = {Path(name): text for name, text in rows}
    return {path: _days_in(path, texts.get(path, "")) for path in paths}


def verify_months(lake: Path, days: Days | None = None) -> None:
    """Compare the bytes of the header files in the lake with their seals.

    DuckDB reads a file with a flipped bit as other values, without an error for 45 of 300 bits; and bits of a footer's
    statistics decide which rows a query passes over.

    Args:
        lake: its root.
        days: those whose months are compared, and the month before; None for all.

    Raises:
        SatledgerError: a file is damaged.
    """
    first, last = (month_of(days.first - A_MONTH), month_of(days.last + ONE_DAY)) if days else ("", "~")
    files = [path for path in (lake / "headers").glob(f"*/{MONTHS}") if first <= path.name <= last]
    with connect(None, {"threads": 1}) as connection:
        for path in sorted(files):
            _refuse_changed(connection, path)


def stage_other_days(connection: duckdb.DuckDBPyConnection, path: Path, days: Collection[date]) -> None:
    """Add the rows of a month's file to the table ``staged``, except those of some days.

    Raises:
        SatledgerError: the file is damaged.
    """
    # Otherwise rows that were damaged would get a new seal.
    _refuse_changed(connection, path)
    replaced = ", ".join(f"date '{day}'" for day in days)
    with readable(path):
        connection.execute(
            f"insert into staged by name select {quoted(path.name)} as file, * "
            f"from read_parquet({quoted(path)}) where day not in ({replaced})"
        )


def write_month(connection: duckdb.DuckDBPyConnection, path: Path) -> bool:
    """Write a month's file from its rows in the table ``staged``; without rows no file is written.

    Returns:
        Whether it was written.
    """
    columns = ", ".join(f"cast({column} as {kind}) as {column}" for column, kind in COLUMNS.items())
    month = f"from staged where file = {quoted(path.name)}"
    digests = connection.execute(f"select cast(day as varchar), {_DIGEST} {month} group by day order by day").fetchall()
    if digests:
        connection.execute(
            f"copy (select {columns} {month} order by height nulls last, day) to {quoted(path)} "
            f"(format parquet, compression zstd, row_group_size {ROWS_IN_GROUP}, "
            f"kv_metadata {{days: {quoted(json.dumps(dict(digests)))}, seal: {quoted(_UNSEALED)}}})"
        )
        _seal(path)
    return bool(digests)


def day_of(path: Path) -> date:
    """Return the day of a file of an earlier version.

    Raises:
        SatledgerError: the file's name is no day.
    """
    try:
        return date.fromisoformat(path.stem)
    except ValueError:
        raise SatledgerError(f"{path} is no file of headers: move it away and run this again.") from None


def headers_of_single_day(connection: duckdb.DuckDBPyConnection, path: Path) -> Sequence[Header]:
    """Return the headers in a file of an earlier version, by height.

    Raises:
        SatledgerError: the file is damaged.
    """
    with readable(path):
        rows = connection.execute(
            "select height, hash, time, previous_time, median_time, bits, difficulty, work, reward "
            f"from read_parquet({quoted(path)}) order by height"
        ).fetchall()
    return [
        Header(
            height=height,
            hash=block_hash,
            previous_hash=None,
            time=time,
            previous_time=previous_time,
            median_time=median_time,
            bits=bits,
            difficulty=difficulty,
            work=int(work),
            reward=None if reward is None else int(reward),
        )
        for height, block_hash, time, previous_time, median_time, bits, difficulty, work, reward in rows
    ]


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn an error while reading a file into one that says what to do.

    Raises:
        SatledgerError: the file is damaged.
    """
    try:
        yield
    # DuckDB's message on a damaged file may hold bytes that are no text.
    except (duckdb.Error, UnicodeDecodeError) as error:
        raise _damaged(path, str(error)) from error


def _seal(path: Path) -> None:
    data = path.read_bytes()
    place = _place_of_seal(data)
    assert place is not None and data[place : place + len(_UNSEALED)].decode() == _UNSEALED
    with path.open("r+b") as file:
        file.seek(place)
        file.write(_seal_of(data, place))


def _refuse_changed(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    data = path.read_bytes()
    place = _place_of_seal(data)
    if place is not None:
        if data[place : place + len(_UNSEALED)] != _seal_of(data, place):
            raise _damaged(path, "it is not what was written")
        return
    # Files of an earlier version have no seal, but a digest of each day's rows.
    with readable(path):
        keys = connection.execute(f"select decode(key) from parquet_kv_metadata({quoted(path)})").fetchall()
        rows = f"select day, {_DIGEST} from read_parquet({quoted(path)}) group by day"
        found = dict(connection.execute(rows).fetchall())
    if keys != [("days",)] or found != footers([path])[path]:
        raise _damaged(path, "its rows are not what was written")


def _place_of_seal(data: bytes) -> int | None:
    place = data.rfind(_SEAL)
    return None if place < 0 else place + len(_SEAL)


def _seal_of(data: bytes, place: int) -> bytes:
    """SHA-256 of all bytes but those of the seal, in hexadecimal digits."""
    total = hashlib.sha256(data[:place])
    total.update(data[place + len(_UNSEALED) :])
    return total.hexdigest().encode()


def _days_in(path: Path, text: str) -> dict[date, str]:
    try:
        return {date.fromisoformat(day): digest for day, digest in json.loads(text).items()}
    except (ValueError, AttributeError):
        raise _damaged(path, "its footer does not say which days it holds") from None


def _damaged(path: Path, reason: str) -> SatledgerError:
    first_line = reason.split("\n")[0].rstrip(". ")
    return SatledgerError(
        f"{path} cannot be read ({first_line}): remove the folder {path.parent} and run `satledger build`, which takes "
        f"the headers of {path.parent.name} anew."
    )
