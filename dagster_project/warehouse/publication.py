"""Whether the warehouse is what is published: the table ``unpublished``, of one row where it is not."""

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
    """Why the warehouse is not what is published."""

    BUILDING = "a build began and did not end"
    BUILT = "a build ended and was not published"


def unpublished(settings: Settings) -> Unpublished | None:
    """Return why the warehouse is not what is published, or None where it is.

    Raises:
        SatledgerError: another process writes the warehouse.
    """
    mark = _read(settings)
    return mark and mark[0]


def unpublished_days(settings: Settings) -> Days | None:
    """Return the days on which alone the warehouse may differ from what is published; None where it is not known.

    Raises:
        SatledgerError: another process writes the warehouse.
    """
    mark = _read(settings)
    return mark and mark[1]


def mark_unpublished(settings: Settings, why: Unpublished, days: Days | None = None) -> None:
    """Record why the warehouse is not what is published.

    Args:
        settings: name the warehouse.
        why: the reason, in place of the one before.
        days: that are about to change, besides those recorded before; where nothing was recorded and none are given,
            it is not known which differ.

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
    """Record that the warehouse is what is published.

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
