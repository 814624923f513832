"""The days that the warehouse was built from, and its numbers of rows."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import duckdb

from dagster_project.database import reading
from dagster_project.days import Days
from dagster_project.lake.manifest import Manifest
from dagster_project.lake.proofs import unproven_rows


def has_table(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Whether the database has a table of this name, or a view on one of Spark's tables."""
    tables = "select table_name from duckdb_tables() union all select view_name from duckdb_views()"
    return (name,) in connection.execute(tables).fetchall()


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


def says_other_proof(published: Path, manifests: Sequence[Manifest]) -> bool:
    """Whether the published copy says of raw days that other parts of them are proven than their manifests say.

    A copy that says nothing of it, or is not there, does not.

    Raises:
        SatledgerError: another process writes the file.
    """
    if not published.is_file():
        return False
    with reading(published) as connection:
        if not has_table(connection, "unproven_days"):
            return False
        rows = connection.execute("select day, part, reason from unproven_days").fetchall()
    return set(rows) != unproven_rows(manifests)


def row_counts(path: Path) -> Mapping[str, int]:
    """Number of rows of every table of the warehouse, from DuckDB's catalogue."""
    with reading(path) as connection:
        # The catalogue's number is exact while no table is written, and takes no time on tables of any size.
        return dict(connection.execute("select table_name, estimated_size from duckdb_tables()").fetchall())


def unmark_days(connection: duckdb.DuckDBPyConnection, days: Days) -> None:
    """Mark days as not built until dbt has built them.

    Each model is committed by itself, so an interrupted build leaves some tables rewritten and others not.
    """
    if has_table(connection, "built_days"):
        connection.execute("delete from built_days where day between ? and ?", [days.first, days.last])
