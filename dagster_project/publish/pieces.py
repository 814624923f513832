"""Pieces: the Parquet files of published tables, each named by its content and never changed.

They are in ``tables/<table>/`` beside the published DuckDB file, which lists the current ones.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from dagster_project.days import Days
from dagster_project.files import file_sha256, sync
from dagster_project.lake.staging import quoted
from dagster_project.publish.tables import PublicTable, label

FOLDER = "tables"
ASIDE = ".aside.parquet"
# Rows that are read from the warehouse at once when several spans are written: each read runs the table's view, and may
# look up names among all accounts. 4 million rows take about 500 MB, which may be spilled.
BATCH_ROWS = 4_000_000
# Version of the way files are written; after a change of it all files are written anew.
WRITER = 1
# Parquet has no 128-bit integers; DuckDB would write them as floating point, so they are cast to decimals.
_BATCH = "temp.batch"
_WIDE = {"HUGEINT": "decimal(38, 0)"}


@dataclass(frozen=True)
class Piece:
    """The rows of a table in a span of days.

    Attributes:
        table: name of the table.
        span: the days; the first span of a table also holds all earlier rows.
        file: its path below ``tables/``; None if the span has no rows.
        rows: number of rows.
        bytes: size of the file.
        digest: SHA-256 of the file's bytes, as hexadecimal digits; empty if there is no file.
        form: digest of the columns, their types and the order of rows.
    """

    table: str
    span: Days
    file: str | None
    rows: int
    bytes: int
    digest: str
    form: str


def folder_of(published: Path) -> Path:
    """The folder of the pieces."""
    return published.parent / FOLDER


def form_of(table: PublicTable, columns: Mapping[str, str], made_with: object = None) -> str:
    """Return a digest of the way the files of a table are written; files with the same form can be used together.

    Args:
        table: the table.
        columns: types by name, in order.
        made_with: a digest of the table that rows of all days depend on.
    """
    text = repr((WRITER, table.order_by, table.row_group, list(columns.items()), made_with))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def write_pieces(
    connection: duckdb.DuckDBPyConnection,
    table: PublicTable,
    columns: Mapping[str, str],
    spans: Sequence[Days],
    folder: Path,
    first: date,
    form: str,
    relation: str,
) -> Iterator[Piece]:
    """Write the rows of spans, and yield the pieces; the same rows give the same bytes.

    Args:
        connection: has the warehouse attached, and in use.
        table: the table to read.
        columns: types by name, in order.
        spans: of days, in order.
        folder: of the pieces.
        first: the first day of the table's first span, which also holds all earlier rows.
        form: see `form_of`.
        relation: what to read: the table, or what has the same rows in these spans.
    """
    taken = ", ".join(stored(name, kind) for name, kind in columns.items())
    per_day = 0.0
    waiting = list(spans)
    while waiting:
        batch = [waiting.pop(0)]
        while waiting and 0 < per_day * ((waiting[0].last - batch[0].first).days + 1) <= BATCH_ROWS:
            batch.append(waiting.pop(0))
        source = relation
        if len(batch) > 1:
            source = _BATCH
            where = _where(table, Days(batch[0].first, batch[-1].last), first)
            connection.execute(f"create or replace temp table {_BATCH} as from {relation} where {where}")
        for span in batch:
            query = f"select {taken} from {source} where {_where(table, span, first)} order by {table.order_by}"
            piece = write_query(connection, query, table.name, span, folder, form=form, row_group=table.row_group)
            # The last span is the best estimate for the next one: chains grow.
            per_day = piece.rows / len(span)
            yield piece
        if len(batch) > 1:
            connection.execute(f"drop table {_BATCH}")


def _where(table: PublicTable, span: Days, first: date) -> str:
    since = f"{table.day_column} >= date '{span.first}' and " if span.first > first else ""
    return f"{since}{table.day_column} <= date '{span.last}'"


def write_query(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    table: str,
    span: Days,
    folder: Path,
    *,
    form: str,
    row_group: int,
) -> Piece:
    """Write the rows of a query into a piece; without rows there is no file."""
    (folder / table).mkdir(parents=True, exist_ok=True)
    aside = folder / table / ASIDE
    connection.execute(
        f"copy ({query}) to {quoted(aside)} "
        f"(format parquet, parquet_version v2, compression zstd, row_group_size {row_group})"
    )
    (rows,) = connection.fetchall()[0]
    if not rows:
        aside.unlink()
        return Piece(table, span, None, 0, 0, "", form)
    digest = file_sha256(aside)
    name = f"{table}/{label(span)}-{digest[:16]}.parquet"
    path = folder / name
    aside.chmod(0o444)
    # A file that already has this name has the same bytes, unless the disk lost some.
    sync(aside)
    aside.replace(path)
    return Piece(table, span, name, rows, path.stat().st_size, digest, form)


def is_whole(piece: Piece, folder: Path) -> bool:
    """Whether a piece's file exists and has the right size; its bytes are not read."""
    if piece.file is None:
        return True
    path = folder / piece.file
    return path.is_file() and path.stat().st_size == piece.bytes


def damage_of(piece: Piece, folder: Path) -> str | None:
    """Read a whole piece and return what is wrong with it; None if it is what was written."""
    if piece.file is None:
        return None
    path = folder / piece.file
    if not path.is_file():
        return "it is gone"
    return None if file_sha256(path) == piece.digest else "its bytes are not those that were written"


def relation(pieces: Iterable[Piece], columns: Mapping[str, str], place: str) -> str:
    """A query on the rows of pieces, with the column types of the table.

    Args:
        pieces: of one table.
        columns: types by name, in order.
        place: SQL that gives the folder of the pieces.
    """
    files = [quoted(piece.file) for piece in pieces if piece.file]
    if not files:
        nothing = ", ".join(f'null::{kind} as "{name}"' for name, kind in columns.items())
        return f"select {nothing} where false"
    taken = ", ".join(
        f'"{name}"::{kind} as "{name}"' if kind in _WIDE else f'"{name}"' for name, kind in columns.items()
    )
    return (
        f"select {taken} from read_parquet(list_transform([{', '.join(files)}], lambda file: {place} || '/' || file))"
    )


def stored(name: str, kind: str) -> str:
    """SQL for a column as it is stored in files."""
    return f'"{name}"::{_WIDE[kind]} as "{name}"' if kind in _WIDE else f'"{name}"'


def remove_abandoned(folder: Path) -> None:
    """Remove the temporary files of an interrupted publication."""
    for aside in folder.glob(f"*/{ASIDE}"):
        aside.unlink()


def retire(folder: Path, named: Collection[str], retired: Mapping[str, datetime], now: datetime) -> dict[str, datetime]:
    """Return the files that are no longer listed, by path below the folder, each with the time since when.

    Args:
        folder: of the pieces.
        named: files that the newest state lists.
        retired: the result of the previous publication.
        now: the time for files that are new in the result.
    """
    found = {str(path.relative_to(folder)) for path in folder.glob("*/*.parquet") if path.name != ASIDE}
    return {name: retired.get(name, now) for name in sorted(found - set(named))}


def remove_retired(folder: Path, retired: Mapping[str, datetime], now: datetime, grace: timedelta) -> int:
    """Remove files that have not been listed for a while; return their bytes."""
    freed = 0
    for name, since in retired.items():
        path = folder / name
        if now - since >= grace and path.is_file():
            freed += path.stat().st_size
            path.unlink()
    return freed


def bytes_below(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
