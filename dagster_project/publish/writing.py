"""Writes the files of the public tables that changed, two tables at once."""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from dagster_project import progress
from dagster_project.days import Days, span
from dagster_project.publish.names import NamesAside
from dagster_project.publish.pieces import Piece, form_of, is_whole, write_pieces
from dagster_project.publish.state import State
from dagster_project.publish.tables import PublicTable

# Tables that are written at once. While the last rows of a file are written, one of two processors has nothing to do.
_AT_ONCE = 2

Columns = Mapping[str, Mapping[str, str]]


@dataclass
class _Outstanding:
    """What is to be written of a table.

    Attributes:
        table: the table.
        columns: types by name, in order.
        form: see `form_of`.
        spans: of all its files, in order.
        pieces: those that stand, and those that were written.
    """

    table: PublicTable
    columns: Mapping[str, str]
    form: str
    spans: Sequence[Days]
    pieces: dict[Days, Piece]

    def lacking(self) -> list[Days]:
        """The spans without a piece."""
        return [each for each in self.spans if each not in self.pieces]

    def write(
        self, connection: duckdb.DuckDBPyConnection, folder: Path, spans: Sequence[Days], relation: str
    ) -> dict[Days, Piece]:
        """Write the pieces of some spans from a relation that has the table's rows there."""
        if not spans:
            return {}
        first = self.spans[0].first
        written = write_pieces(connection, self.table, self.columns, spans, folder, first, self.form, relation)
        return {piece.span: piece for piece in written}


def write_tables(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    tables: Sequence[PublicTable],
    columns: Columns,
    built: Sequence[date],
    days: Days | None,
    before: State | None,
) -> dict[str, list[Piece]]:
    """Write the files of all tables that differ from the previous state.

    Args:
        connection: has the warehouse attached, and in use.
        folder: of the pieces.
        tables: the public tables.
        columns: types by name, in order, by table.
        built: the days that are built.
        days: the only days that may differ; None for all.
        before: the previous state, if there is one.

    Returns:
        The pieces of each table: those of the previous state that are still valid, and newly written ones.
    """
    split = [table for table in tables if table.pace]
    outstanding = [_outstanding(connection, folder, each, columns[each.name], built, days, before) for each in split]
    names = NamesAside(connection, [table for table in split if table.accounts])
    named = [each for each in outstanding if each.table.name in names.views]
    periods = names.periods({days for each in named for days in each.lacking()})
    in_period = {days for period in periods for days in period}
    # What is read as it stands: tables without names, and spans with too many names.
    as_it_stands = [
        (each, [days for days in each.lacking() if each not in named or days not in in_period]) for each in outstanding
    ]
    of_periods = [[(each, [days for days in each.lacking() if days in period]) for each in named] for period in periods]
    with _Writers(connection, folder, len(as_it_stands) + sum(map(len, of_periods))) as writers:
        for each, spans in as_it_stands:
            writers.submit(each, spans, each.table.name)
        for period, jobs in zip(periods, of_periods, strict=True):
            names.look_up(period)
            writers.finish([writers.submit(each, spans, names.views[each.table.name]) for each, spans in jobs])
        writers.finish()
    return {each.table.name: [each.pieces[span] for span in each.spans] for each in outstanding}


class _Writers:
    """Writes pieces of two tables at once.

    Args:
        connection: has the warehouse attached, and in use.
        folder: of the pieces.
        total: number of jobs, for the progress.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path, total: int) -> None:
        self._connection, self._folder, self._total = connection, folder, total
        self._pool = ThreadPoolExecutor(_AT_ONCE)
        self._opened = ExitStack()
        self._connections: list[duckdb.DuckDBPyConnection] = []
        self._jobs: dict[Future[dict[Days, Piece]], _Outstanding] = {}
        self._done = 0

    def __enter__(self) -> "_Writers":
        progress.report("publish", 0, self._total)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._opened:
            # Large tables need not be written to their end. A connection that just ends one query begins another.
            self._pool.shutdown(wait=kind is None, cancel_futures=True)
            while not all(job.done() for job in self._jobs):
                for own in self._connections:
                    own.interrupt()
                time.sleep(0.1)

    def submit(self, each: _Outstanding, spans: Sequence[Days], relation: str) -> Future[dict[Days, Piece]]:
        """Begin to write the pieces of some spans of a table."""
        # A connection runs one query at a time.
        own = self._opened.enter_context(_another(self._connection))
        self._connections.append(own)
        job = self._pool.submit(each.write, own, self._folder, spans, relation)
        self._jobs[job] = each
        return job

    def finish(self, jobs: Sequence[Future[dict[Days, Piece]]] | None = None) -> None:
        """Wait until some jobs, by default all, are done; their pieces are then those of their tables.

        Raises:
            Whatever was raised while they were written.
        """
        for job in as_completed(self._jobs if jobs is None else jobs):
            each = self._jobs.pop(job)
            each.pieces |= job.result()
            self._done += 1
            progress.report("publish", self._done, self._total, each.table.name)


@contextmanager
def joined_as_written(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Have DuckDB join tables in the order in which views name them, the last one hashed.

    By its estimates it hashes the names of all accounts for each batch of rows. Where it compresses the columns of a
    join, it cannot skip names by what it hashed ("Names" in docs/decisions/published.md).
    """
    connection.execute("set disabled_optimizers = 'join_order,build_side_probe_side,compressed_materialization'")
    try:
        yield
    finally:
        connection.execute("reset disabled_optimizers")


def _another(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Another connection to the same database, which has the same one in use."""
    (database,) = connection.execute("select current_database()").fetchall()[0]
    another = connection.cursor()
    another.execute(f"use {database}")
    return another


def _outstanding(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    table: PublicTable,
    columns: Mapping[str, str],
    built: Sequence[date],
    days: Days | None,
    before: State | None,
) -> _Outstanding:
    """The spans of a table that is split into files, and those of its pieces that stand."""
    form = form_of(table, columns, _digest(connection, table.made_with))
    standing = {
        piece.span: piece
        for piece in (before.pieces.get(table.name, ()) if before and days else ())
        if days and piece.form == form and not _touches(days, piece.span, table) and is_whole(piece, folder)
    }
    return _Outstanding(table, columns, form, table.spans(span(built)) if built else [], standing)


def _digest(connection: duckdb.DuckDBPyConnection, table: str | None) -> object:
    """A digest of a table's rows; None without a table."""
    if table is None:
        return None
    return connection.execute(f"select count(*), bit_xor(hash(each)) from {table} as each").fetchall()


def _touches(days: Days, span: Days, table: PublicTable) -> bool:
    """Whether rows of a span may have changed; rows of a day may depend on neighbouring days."""
    changed = table.around(days)
    return changed.first <= span.last and span.first <= changed.last
