"""Whether the warehouse is published: the table ``unpublished`` has one row if it is not."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from enum import StrEnum

import duckdb

from dagster_project.database import connect, explained, reading
from dagster_project.days import Days, span
from dagster_project.settings import Settings
from dagster_project.warehouse.state import has_table

_TABLE = "unpublished"


class Unpublished(StrEnum):
    """Why the warehouse differs from the published copy."""

    BUILDING = "a build began and did not end"
    BUILT = "a build ended and was not published"


def unpublished(settings: Settings) -> Unpublished | None:
    """Return why the warehouse differs from the published copy; None if it does not.

    Raises:
        SatledgerError: another process writes the warehouse.
    """
    mark = _read(settings)
    return mark and mark[0]


def unpublished_days(settings: Settings) -> Days | None:
    """Return the only days on which the warehouse may differ from the published copy; None if they are not known.

    Raises:
        SatledgerError: another process writes the warehouse.
    """
    mark = _read(settings)
    return mark and mark[1]


def mark_unpublished(settings: Settings, why: Unpublished, days: Days | None = None) -> None:
    """Record why the warehouse differs from the published copy.

    Args:
        settings: name the warehouse.
        why: the reason, which replaces the previous one.
        days: days that are about to change, in addition to those recorded before; if there are neither, the days that
            differ are recorded as not known.

    Raises:
        SatledgerError: another process has the warehouse open, or the disk is full.
    """
    with _writing(settings) as connection:
        before = _mark(connection)
        if before:
            known = before[1]
            days = span([known.first, known.last, *([days.first, days.last] if days else [])]) if known else None
        connection.execute("begin")
        connection.execute(f"create table if not exists {_TABLE} (why varchar, first_day date, last_day date)")
        connection.execute(f"delete from {_TABLE}")
        row = [why, *((days.first, days.last) if days else (None, None))]
        connection.execute(f"insert into {_TABLE} values (?, ?, ?)", row)
        connection.execute("commit")


def mark_published(settings: Settings) -> None:
    """Record that the warehouse is published.

    Raises:
        SatledgerError: another process has the warehouse open, or the disk is full.
    """
    with _writing(settings) as connection:
        if _mark(connection):
            connection.execute(f"delete from {_TABLE}")


@contextmanager
def _writing(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    settings.warehouse.parent.mkdir(parents=True, exist_ok=True)
    with explained(settings.warehouse), connect(settings.warehouse) as connection:
        yield connection


def _read(settings: Settings) -> tuple[Unpublished, Days | None] | None:
    if not settings.warehouse.is_file():
        return None
    with reading(settings.warehouse) as connection:
        return _mark(connection)


def _mark(connection: duckdb.DuckDBPyConnection) -> tuple[Unpublished, Days | None] | None:
    if not has_table(connection, _TABLE):
        return None
    row: tuple[str, date | None, date | None] | None = connection.execute(
        f"select why, first_day, last_day from {_TABLE}"
    ).fetchone()
    if row is None:
        return None
    why, first, last = row
    return Unpublished(why), Days(first, last) if first and last else None
