"""What the warehouse was built from, and whether that is published."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from pathlib import Path

import duckdb

from dagster_project.days import Days
from dagster_project.settings import Settings
from dagster_project.warehouse.database import reading


class Unpublished(StrEnum):
    """Why the warehouse is not what is published."""

    BUILDING = "a build began and did not end"
    BUILT = "a build ended and was not published"


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


def withdraw_days(connection: duckdb.DuckDBPyConnection, days: Days) -> None:
    """Say of some days that they are not built, until dbt says that they are.

    Each model is committed by itself: of a build that is cut off, some tables are rewritten and others are not.
    """
    if has_table(connection, "built_days"):
        connection.execute("delete from built_days where day between ? and ?", [days.first, days.last])


def unpublished(settings: Settings) -> Unpublished | None:
    """Return why the warehouse is not what is published, or None where it is."""
    path = _mark(settings)
    return Unpublished(path.read_text(encoding="ascii")) if path.is_file() else None


def mark_unpublished(settings: Settings, why: Unpublished | None) -> None:
    """Record why the warehouse is not what is published; None records that it is."""
    path = _mark(settings)
    if why is None:
        path.unlink(missing_ok=True)
        return
    aside = path.with_name(f"{path.name}.aside")
    aside.write_text(why, encoding="ascii")
    aside.replace(path)


def _mark(settings: Settings) -> Path:
    return settings.home.resolve() / "unpublished"
