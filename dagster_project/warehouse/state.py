"""What the warehouse was built from."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import duckdb

from dagster_project.warehouse.database import reading


def has_table(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Whether the database has a table of this name."""
    return (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()


def built_days(path: Path) -> dict[date, str]:
    """Days that a warehouse or its published copy holds, each with the fingerprint of the raw day it was built from.

    Raises:
        SatledgerError: another process writes the file.
    """
    if not path.is_file():
        return {}
    with reading(path) as connection:
        if not has_table(connection, "built_days"):
            return {}
        return dict(connection.execute("select day, fingerprint from built_days order by day").fetchall())


def row_counts(path: Path) -> Mapping[str, int]:
    """Number of rows of every table of the warehouse, as DuckDB's catalogue knows it."""
    with reading(path) as connection:
        # The catalogue's number is exact for tables that are at rest, and costs nothing on tables of any size.
        return dict(connection.execute("select table_name, estimated_size from duckdb_tables()").fetchall())
