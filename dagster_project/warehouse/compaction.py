"""Reclaim free space: DuckDB reuses free blocks in a file, but only returns those at its end to the disk."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb

from dagster_project.database import connect, explained, limits
from dagster_project.errors import SatledgerError
from dagster_project.files import put_in_place, remove
from dagster_project.home import building, disk_told, refuse_unbuilt
from dagster_project.lake.staging import quoted, remove_abandoned
from dagster_project.settings import Engine, Settings
from dagster_project.warehouse.sizes import WarehouseSize, warehouse_size

# Views refer to the database that they were created in, which has the name of the file.
_OLD, _NEW = "warehouse", "compacted"

# What is compared between the original and the copy, besides the number of rows.
_CATALOGUE = {
    "tables": "select schema_name, table_name, comment from duckdb_tables()",
    "columns": "select schema_name, table_name, column_name, data_type, is_nullable, column_default, comment "
    "from duckdb_columns()",
    "views": "select schema_name, view_name, sql, comment from duckdb_views()",
    "constraints": "select schema_name, table_name, constraint_text from duckdb_constraints()",
    "indexes": "select schema_name, table_name, index_name, sql from duckdb_indexes()",
}


@dataclass(frozen=True)
class Compaction:
    """The result of a compaction.

    Attributes:
        before: sizes before the compaction.
        after: sizes after the compaction.
        leftovers: bytes of removed temporary files that killed runs had left.
        entries: number of ledger entries.
    """

    before: WarehouseSize
    after: WarehouseSize
    leftovers: int
    entries: int


def compact(settings: Settings) -> Compaction:
    """Write the warehouse anew, without its free space, and remove abandoned temporary files.

    The copy is a temporary file that replaces the old one in one step, so that a complete file exists even if this
    process is killed. The old file stays locked until then, so that no write is lost.

    Raises:
        SatledgerError: the engine is Spark, nothing is built, another process builds or has the warehouse open, or the
            disk has no room for the copy; the warehouse is as it was.
    """
    if settings.engine is Engine.SPARK:
        raise SatledgerError("Only DuckDB's file has to be compacted: Spark's tables are files, replaced in whole.")
    path = settings.warehouse.resolve()
    if not path.exists():
        refuse_unbuilt(settings)
    aside = path.with_name(f".{path.name}.aside")
    with disk_told(settings), building(settings), explained(path):
        try:
            with connect(None, limits(settings)) as connection:
                connection.execute(f"attach {quoted(path)} as {_OLD}")
                # A killed build may have left a write-ahead log, which must not be applied to the new file.
                connection.execute(f"checkpoint {_OLD}")
                remove(aside)
                leftovers = _remove_leftovers(settings.home.resolve() / "temp")
                before = warehouse_size(connection, _OLD)
                _refuse_without_room(connection, path)
                _copy(connection, aside)
                compaction = Compaction(before, warehouse_size(connection, _NEW), leftovers, _entries(connection))
                connection.execute(f"detach {_NEW}")
                _replace(path, aside)
        finally:
            remove(aside)
    return compaction


def _remove_leftovers(temp: Path) -> int:
    """Remove the temporary files of killed runs; return their bytes.

    Folders of raw blocks that are in use are locked. DuckDB's own temporary files belong to builds, and no build runs:
    this process holds the build lock and the warehouse.
    """
    before = _bytes_below(temp)
    remove_abandoned(temp)
    for file in temp.glob("duckdb_temp_*"):
        file.unlink(missing_ok=True)
    return before - _bytes_below(temp)


def _bytes_below(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _refuse_without_room(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    row = connection.execute(
        "select block_size * used_blocks from pragma_database_size() where database_name = ?", [_OLD]
    ).fetchone()
    assert row is not None
    needed, free = row[0], shutil.disk_usage(path.parent).free
    if free < needed:
        raise SatledgerError(
            f"Compacting {path} takes up to {needed:,} bytes beside it while it runs, and the disk has {free:,}: "
            "free some space and run this again; the warehouse is as it was."
        )


def _copy(connection: duckdb.DuckDBPyConnection, aside: Path) -> None:
    """Copy everything into a new file, and check that it is complete."""
    row = connection.execute(
        "select tags['storage_version'], block_size from duckdb_databases() "
        "inner join pragma_database_size() using (database_name) where database_name = ?",
        [_OLD],
    ).fetchone()
    assert row is not None
    # For example v1.0.0+, which means that this version and all later ones can read the file.
    version, block_size = row[0].rstrip("+"), row[1]
    connection.execute(f"attach {quoted(aside)} as {_NEW} (storage_version {quoted(version)}, block_size {block_size})")
    connection.execute(f"copy from database {_OLD} to {_NEW}")
    connection.execute(f"checkpoint {_NEW}")
    for name, query in _CATALOGUE.items():
        if _of(connection, query, _OLD) != _of(connection, query, _NEW):
            raise SatledgerError(f"The compacted copy has other {name} than the warehouse, which is as it was.")
    for schema, table, _ in _of(connection, _CATALOGUE["tables"], _OLD):
        old, new = (_rows(connection, f'{database}."{schema}"."{table}"') for database in (_OLD, _NEW))
        if old != new:
            raise SatledgerError(
                f"The compacted copy has {new:,} of the {old:,} rows of {table}; the warehouse is as it was."
            )


def _of(connection: duckdb.DuckDBPyConnection, query: str, database: str) -> list[tuple]:
    return connection.execute(f"{query} where database_name = ? order by all", [database]).fetchall()


def _rows(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"select count(*) from {table}").fetchone()
    assert row is not None
    return row[0]


def _entries(connection: duckdb.DuckDBPyConnection) -> int:
    tables = {table for _, table, _ in _of(connection, _CATALOGUE["tables"], _OLD)}
    if "ledger_days" not in tables:
        return 0
    row = connection.execute(f"select coalesce(sum(entries), 0)::bigint from {_OLD}.main.ledger_days").fetchone()
    assert row is not None
    return row[0]


def _replace(path: Path, aside: Path) -> None:
    shutil.copymode(path, aside)
    put_in_place(aside, path)
