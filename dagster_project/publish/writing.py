"""Writes the files of the public tables that changed, two tables at once."""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path

import duckdb

from dagster_project import progress
from dagster_project.days import Days, span
from dagster_project.publish.names import named_aside
from dagster_project.publish.pieces import Piece, form_of, is_whole, write_pieces
from dagster_project.publish.state import State
from dagster_project.publish.tables import PublicTable

# Tables that are written at once. While the last rows of a file are written, one of two processors has nothing to do.
_AT_ONCE = 2

Columns = Mapping[str, Mapping[str, str]]


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
    pieces: dict[str, list[Piece]] = {}
    aside = named_aside(connection, split, days)
    progress.report("publish", 0, len(split))
    with ExitStack() as opened, ThreadPoolExecutor(_AT_ONCE) as pool:
        # A connection runs one query at a time.
        connections = [opened.enter_context(_another(connection)) for _ in split]
        written = {
            pool.submit(_write_table, own, folder, table, columns[table.name], built, days, before, aside): table.name
            for own, table in zip(connections, split, strict=True)
        }
        try:
            for done in as_completed(written):
                pieces[written[done]] = done.result()
                progress.report("publish", len(pieces), len(split), written[done])
        except BaseException:
            # Large tables need not be written to their end. A connection that just ends one query begins another.
            pool.shutdown(wait=False, cancel_futures=True)
            while not all(each.done() for each in written):
                for own in connections:
                    own.interrupt()
                time.sleep(0.1)
            raise
    return {table.name: pieces[table.name] for table in split}


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


def _write_table(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    table: PublicTable,
    columns: Mapping[str, str],
    built: Sequence[date],
    days: Days | None,
    before: State | None,
    aside: tuple[Days, Mapping[str, str]],
) -> list[Piece]:
    """The pieces of a table that is split into files; ``aside`` is what `named_aside` returned."""
    spans = table.spans(span(built)) if built else []
    form = form_of(table, columns, _digest(connection, table.made_with))
    standing = {
        piece.span: piece
        for piece in (before.pieces.get(table.name, ()) if before and days else ())
        if days and piece.form == form and not _touches(days, piece.span, table) and is_whole(piece, folder)
    }
    lacking = [each for each in spans if each not in standing]
    first = spans[0].first if spans else date.min
    known = dict(standing)
    within, views = aside
    near = [each for each in lacking if within.first <= each.first and each.last <= within.last]
    others = [each for each in lacking if each not in near]
    for relation, chosen in ((views.get(table.name, table.name), near), (table.name, others)):
        written = write_pieces(connection, table, columns, chosen, folder, first, form, relation)
        known |= {piece.span: piece for piece in written}
    return [known[each] for each in spans]


def _digest(connection: duckdb.DuckDBPyConnection, table: str | None) -> object:
    """A digest of a table's rows; None without a table."""
    if table is None:
        return None
    return connection.execute(f"select count(*), bit_xor(hash(each)) from {table} as each").fetchall()


def _touches(days: Days, span: Days, table: PublicTable) -> bool:
    """Whether rows of a span may have changed; rows of a day may depend on neighbouring days."""
    changed = table.around(days)
    return changed.first <= span.last and span.first <= changed.last
