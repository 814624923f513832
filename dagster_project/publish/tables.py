"""The tables that are published, as dbt's manifest describes them, and the spans of days that their files hold.

A file holds the rows of a span and never changes. The spans depend only on the first and the last day, so that
publishing the same warehouse day by day or all at once writes the same files.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from dagster_project.days import ONE_DAY, Days
from dagster_project.errors import SatledgerError

Models = Mapping[str, Mapping[str, Any]]

# Spans of several months begin at multiples of their length, counted from January of this year.
_ORIGIN = 2009
# Lengths of closed spans, in months. Few files make queries fast: each costs a query half a millisecond
# (docs/decisions/published.md).
_CLOSED = (12, 48, 192)
# Rows per row group. The small one is for tables in which readers look up one of many metrics or accounts.
ROW_GROUP, SMALL_ROW_GROUP = 122_880, 32_768


class Pace(StrEnum):
    """How a table is split into files, and so how much is written for a new day.

    ``days`` is for large tables: one file per day, joined when the month ends. ``months`` and ``years`` are for small
    tables that are read over their whole history: the file of the current month, or year, is written anew each day, and
    earlier ones are joined into files of 1, 4 and 16 years.
    """

    DAYS = "days"
    MONTHS = "months"
    YEARS = "years"

    @property
    def months(self) -> tuple[int, ...]:
        """Lengths of the spans, in months, shortest first."""
        return {Pace.DAYS: (1,), Pace.MONTHS: (1, *_CLOSED), Pace.YEARS: _CLOSED}[self]


@dataclass(frozen=True)
class PublicTable:
    """A table that is published.

    Attributes:
        name: of the table, in the warehouse and in the published copy.
        description: what a row is.
        columns: what each column means, by name.
        order_by: the columns that its rows are ordered by, for readers that need few of them.
        pace: how it is split into files; None for a table that is stored in the published DuckDB file itself.
        day_column: the column with the day of a row; set for all tables with files.
        days_ahead: if some days change, rows up to this many days after them may change too.
        days_before: the same for days before them.
        made_with: a small table that rows of all days depend on.
        row_group: rows per row group of its files, which a reader decodes together.
        accounts: columns, as ``table.column``, that hold all accounts which it names on a day; empty without names. All
            tables that have some have the same spans.
    """

    name: str
    description: str
    columns: Mapping[str, str]
    order_by: str
    pace: Pace | None
    day_column: str | None
    days_ahead: int
    made_with: str | None = None
    days_before: int = 0
    row_group: int = ROW_GROUP
    accounts: tuple[str, ...] = ()

    def around(self, days: Days) -> Days:
        """The days on which its rows may change if these days change."""
        return Days(days.first - timedelta(days=self.days_before), days.last + timedelta(days=self.days_ahead))

    def spans(self, days: Days) -> list[Days]:
        """The spans of its files when these days are published."""
        assert self.pace is not None
        return list(spans(Days(days.first, days.last + timedelta(days=self.days_ahead)), self.pace))


def public_tables(models: Models) -> list[PublicTable]:
    """Read the public models from the manifest, in the given order.

    Raises:
        SatledgerError: a model's ``meta`` is invalid.
    """
    return [_public_table(name, model) for name, model in models.items()]


def _public_table(name: str, model: Mapping[str, Any]) -> PublicTable:
    meta = model["config"].get("meta", {})
    by_day = "day" if model["config"].get("materialized") == "incremental" else None
    pace, day_column = meta.get("files"), meta.get("day_column", by_day)
    if pace is not None and (pace not in list(Pace) or day_column is None):
        raise SatledgerError(
            f"The model {name} has meta.files '{pace}': give one of {', '.join(Pace)}, and with it meta.day_column."
        )
    accounts = tuple(meta.get("accounts", ()))
    if accounts and (pace != Pace.DAYS or meta.get("days_ahead") or meta.get("days_before")):
        raise SatledgerError(
            f"The model {name} has meta.accounts: give it meta.files '{Pace.DAYS}' too, and no meta.days_ahead or "
            "meta.days_before."
        )
    return PublicTable(
        name=name,
        description=model["description"],
        columns={column: about.get("description", "") for column, about in model["columns"].items()},
        order_by=meta.get("order_by", "all"),
        pace=pace and Pace(pace),
        day_column=day_column,
        days_ahead=meta.get("days_ahead", 0),
        made_with=meta.get("made_with"),
        days_before=meta.get("days_before", 0),
        row_group=ROW_GROUP if pace == Pace.DAYS and not meta.get("looked_up") else SMALL_ROW_GROUP,
        accounts=accounts,
    )


def spans(days: Days, pace: Pace) -> Iterator[Days]:
    """Split days into the spans of files: whole months and years; with ``Pace.DAYS``, single days in the open month."""
    month, last = _number(days.first), _number(days.last)
    month -= month % pace.months[0]
    # The first month that has not ended.
    opened = last + 1 if _span(last, 1).last <= days.last else last
    while month <= last:
        closed = [size for size in pace.months if month % size == 0 and month + size <= opened]
        if not closed and pace is Pace.DAYS:
            yield from (Days(day, day) for day in Days(_span(month, 1).first, days.last))
            return
        size = max(closed, default=pace.months[0])
        yield _span(month, size)
        month += size


def label(span: Days) -> str:
    """A span as part of a file name: ``2023``, ``2023-01``, ``2023-01-31``, or for several years ``2009-2012``."""
    if span.first == span.last:
        return str(span.first)
    if _number(span.first) == _number(span.last):
        return f"{span.first:%Y-%m}"
    first, last = f"{span.first:%Y}", f"{span.last:%Y}"
    return first if first == last else f"{first}-{last}"


def _number(day: date) -> int:
    """The month of a day, counted from January 2009."""
    return (day.year - _ORIGIN) * 12 + day.month - 1


def _span(month: int, size: int) -> Days:
    return Days(_first_day(month), _first_day(month + size) - ONE_DAY)


def _first_day(month: int) -> date:
    return date(_ORIGIN + month // 12, month % 12 + 1, 1)
