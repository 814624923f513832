"""The published state: a small DuckDB file that lists the pieces of the large tables and holds the small tables.

It is written to a temporary file and renamed into place, so that a reader always sees one complete state. It also has
tables for the next publication: the pieces, the files that are no longer listed, and when days were reviewed.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

import duckdb

from dagster_project.database import Config, connect, reading
from dagster_project.days import Days
from dagster_project.files import file_sha256
from dagster_project.lake.staging import quoted
from dagster_project.publish.pieces import FOLDER, Piece, damage_of, folder_of, is_whole, relation
from dagster_project.publish.tables import PublicTable

# A session sets this variable if the folder was moved after it was published.
VARIABLE = "published_folder"
# Lists the current files for tools that cannot read a DuckDB file.
FILES = "files.json"
# The smallest block size that DuckDB has, because the file is written anew with each state.
_BLOCK_SIZE = 16_384
_DIGESTS = ".sha256"

HISTORY = PublicTable(
    name="value_history",
    description="Values that were published and later changed: what each was, and from when to when; UTC.",
    columns={
        "asset": "Ticker of the asset in small letters.",
        "time": "The day of the value.",
        "metric": "Id of the metric.",
        "value_text": "The value as it was, an exact decimal; null where there was none.",
        "valid_from": "When it was published.",
        "valid_to": "When another was published in its place; the one in metrics_daily holds since the last of these.",
    },
    order_by="asset, metric, time, valid_from",
    pace=None,
    day_column="time",
    days_ahead=0,
)
HISTORY_COLUMNS = {
    "asset": "VARCHAR",
    "time": "DATE",
    "metric": "VARCHAR",
    "value_text": "VARCHAR",
    "valid_from": "TIMESTAMP",
    "valid_to": "TIMESTAMP",
}
_TABLES = {
    "publication": (
        "The moment this state was published, in UTC, and where.",
        "published_at timestamp, folder varchar",
    ),
    "published_files": (
        "The Parquet files of the large tables: each lies below tables/; days without rows have none.",
        "table_name varchar, first_day date, last_day date, file varchar, rows bigint, bytes bigint, sha256 varchar, "
        "form varchar",
    ),
    "retired_files": (
        "Files of earlier states, since when no state names them; they are removed a while after.",
        "file varchar, retired_at timestamp",
    ),
    "day_reviews": (
        "The days, and when each was published for the first time, or again after it had been withdrawn; UTC.",
        "day date, reviewed_at timestamp",
    ),
}


# Tables whose content depends on the clock, and not on the chain alone.
RECORDS = frozenset({*_TABLES, HISTORY.name})


@dataclass(frozen=True)
class State:
    """What is known of a published state.

    Attributes:
        published_at: when it was published, in UTC.
        pieces: by table, in order of their spans; those of the history of values in the order they were written.
        retired: files that are no longer listed, each with the time since when.
        reviews: when days were reviewed, in the order of the record.
        folder: absolute path of the folder where it was published.
        days: the published days, as read from the table ``built_days``; not used for writing.
    """

    published_at: datetime
    pieces: Mapping[str, Sequence[Piece]]
    retired: Mapping[str, datetime]
    reviews: Sequence[tuple[date, datetime]]
    folder: str
    days: frozenset[date] = frozenset()


def load_state(published: Path) -> State | None:
    """Read the published state; None if the file is from an earlier version, or was not published by satledger.

    Raises:
        duckdb.Error: the file cannot be read.
    """
    with connect(published, read_only=True) as connection:
        found = {name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()}
        if not found >= _TABLES.keys():
            return None
        published_at, folder = connection.execute("from publication").fetchall()[0]
        pieces: dict[str, list[Piece]] = {}
        for table, first, last, *rest in connection.execute("from published_files").fetchall():
            pieces.setdefault(table, []).append(Piece(table, Days(first, last), *rest))
        retired = dict(connection.execute("from retired_files").fetchall())
        reviews = connection.execute("from day_reviews").fetchall()
        days = connection.execute("select day from built_days").fetchall() if "built_days" in found else []
    return State(published_at, pieces, retired, reviews, folder, frozenset(day for (day,) in days))


def write_state(
    connection: duckdb.DuckDBPyConnection,
    aside: Path,
    state: State,
    tables: Sequence[PublicTable],
    columns: Mapping[str, Mapping[str, str]],
) -> dict[str, int]:
    """Write the file of a state.

    Args:
        connection: has the warehouse attached, and in use.
        aside: path of the file.
        state: the state to write.
        tables: the public tables.
        columns: of each table, types by name in order.

    Returns:
        Number of rows by table.
    """
    connection.execute(f"attach {quoted(aside)} as state (block_size {_BLOCK_SIZE})")
    place = f"coalesce(getvariable('{VARIABLE}'), {quoted(state.folder)}) || '/{FOLDER}'"
    rows: dict[str, int] = {}
    for table in tables:
        taken = ", ".join(f'"{name}"' for name in columns[table.name])
        if table.pace is None:
            connection.execute(
                f"create table state.{table.name} as select {taken} from {table.name} order by {table.order_by}"
            )
            rows[table.name] = connection.execute(f"select count(*) from state.{table.name}").fetchall()[0][0]
        else:
            pieces = state.pieces[table.name]
            connection.execute(f"create view state.{table.name} as {relation(pieces, columns[table.name], place)}")
            rows[table.name] = sum(piece.rows for piece in pieces)
        _comment(connection, table, columns[table.name])
    history = relation(state.pieces.get(HISTORY.name, ()), HISTORY_COLUMNS, place)
    connection.execute(f"create view state.{HISTORY.name} as {history}")
    _comment(connection, HISTORY, HISTORY_COLUMNS)
    _write_tables(connection, state)
    connection.execute("checkpoint state")
    connection.execute("detach state")
    return rows


def _write_tables(connection: duckdb.DuckDBPyConnection, state: State) -> None:
    for name, (description, columns) in _TABLES.items():
        connection.execute(f"create table state.{name} ({columns})")
        connection.execute(f"comment on table state.{name} is {quoted(description)}")
    _insert(connection, "publication", [(state.published_at, state.folder)])
    listed = [piece for pieces in state.pieces.values() for piece in pieces]
    _insert(
        connection,
        "published_files",
        [
            (each.table, each.span.first, each.span.last, each.file, each.rows, each.bytes, each.digest, each.form)
            for each in listed
        ],
    )
    _insert(connection, "retired_files", list(state.retired.items()))
    _insert(connection, "day_reviews", state.reviews)


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[object]]) -> None:
    # Many literals in one statement: with bound parameters, row by row, 6,000 rows take seconds.
    for start in range(0, len(rows), 1_000):
        values = ", ".join(f"({', '.join(map(_literal, row))})" for row in rows[start : start + 1_000])
        connection.execute(f"insert into state.{table} values {values}")


def _literal(value: object) -> str:
    return "null" if value is None else str(value) if isinstance(value, int) else quoted(value)


def _comment(connection: duckdb.DuckDBPyConnection, table: PublicTable, columns: Mapping[str, str]) -> None:
    kind = "table" if table.pace is None and table is not HISTORY else "view"
    connection.execute(f"comment on {kind} state.{table.name} is {quoted(table.description)}")
    for column in columns:
        about = quoted(table.columns.get(column, ""))
        connection.execute(f'comment on column state.{table.name}."{column}" is {about}')


def write_list(published: Path, state: State) -> None:
    """List the files of a state in ``files.json`` beside it, for tools that cannot read a DuckDB file."""
    tables = {
        name: [f"{FOLDER}/{piece.file}" for piece in pieces if piece.file]
        for name, pieces in sorted(state.pieces.items())
    }
    text = json.dumps({"published_at": f"{state.published_at.isoformat()}Z", "tables": tables}, indent=1)
    path = published.with_name(FILES)
    aside = path.with_name(f".{FILES}.aside")
    aside.write_text(text + "\n", encoding="utf-8")
    aside.replace(path)


@contextmanager
def reading_published(published: Path, config: Config | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the published state for reading, even if its folder was moved.

    Raises:
        SatledgerError: another process writes the file, or it cannot be read.
    """
    with reading(published, config) as connection:
        set_folder(connection, published)
        yield connection


def set_folder(connection: duckdb.DuckDBPyConnection, published: Path) -> None:
    """Set the path of the published folder for one connection."""
    connection.execute(f"set variable {VARIABLE} = {quoted(published.parent.resolve())}")


def note_digests(published: Path, *files: Path) -> None:
    """Write the digests of valid published files beside the published file, in the format of ``sha256sum -c``."""
    path = published.with_name(published.name + _DIGESTS)
    aside = path.with_name(f".{path.name}.aside")
    aside.write_text("".join(f"{file_sha256(file)}  {published.name}\n" for file in files), encoding="ascii")
    aside.replace(path)


def as_published(published: Path) -> bool:
    """Whether the file is what was published; true if there is no file."""
    if not published.is_file():
        return True
    path = published.with_name(published.name + _DIGESTS)
    if not path.is_file():
        return False
    digest = sha256(published.read_bytes()).hexdigest()
    return digest in {line.split(" ")[0] for line in path.read_text(encoding="ascii", errors="replace").splitlines()}


def damaged_pieces(published: Path) -> list[str]:
    """Read all files of the state completely, and return a message for each that is not what was written."""
    folder = folder_of(published)
    found = ((piece.file, damage_of(piece, folder)) for piece in _named(load_state(published)))
    return [f"{folder / file}: {damage}" for file, damage in found if file and damage]


def _named(state: State | None) -> Iterator[Piece]:
    for pieces in state.pieces.values() if state else ():
        yield from pieces


def is_in_order(published: Path) -> bool:
    """Whether the file is what was published, and all files that it lists exist; true if nothing is published."""
    return as_published(published) and (not published.is_file() or finds_its_files(published))


def finds_its_files(published: Path) -> bool:
    """Whether every tool that opens the file finds all pieces: none is missing, and the folder was not moved."""
    state = load_state(published)
    here = state is not None and state.folder == str(published.parent.resolve())
    return here and all(is_whole(piece, folder_of(published)) for piece in _named(state))
