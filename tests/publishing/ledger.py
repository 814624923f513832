"""A warehouse made by hand whose tables are published in every pace, and readers of what is published."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from dagster_project.days import Days
from dagster_project.publish.copy import publish
from dagster_project.publish.state import reading_published

FIRST = date(2020, 11, 20)
NOW = datetime(2026, 1, 1, 3, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ROWS_PER_DAY = 50
# More than a floating point number holds exactly.
WORK = 10**37 + 1

TABLES = {
    "entries": {"files": "days", "day_column": "day", "order_by": "day, number"},
    "blocks": {"files": "months", "day_column": "day", "order_by": "day"},
    "metrics_daily": {"files": "years", "day_column": "time", "order_by": "asset, metric, time", "days_ahead": 1},
    "built_days": {"order_by": "day"},
    "labels": {},
    "nothing": {"files": "days", "day_column": "day", "order_by": "day", "made_with": "labels"},
}
MODELS = {
    name: {"description": f"About {name}.", "columns": {"day": {"description": "The day."}}, "config": {"meta": meta}}
    for name, meta in TABLES.items()
}


class Ledger:
    """A warehouse, and where it is published."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.warehouse = folder / "warehouse.duckdb"
        self.published = folder / "published" / "satledger.duckdb"
        self.change(
            "create table entries (day date, number integer, account varchar, value bigint)",
            "create table blocks (day date, height integer, work hugeint, time timestamp)",
            "create table metrics_daily (asset varchar, time date, metric varchar, value double, value_text varchar)",
            "create table built_days (day date, fingerprint varchar)",
            "create table labels as select 'somebody''s' as label, 1.5 as share",
            "create table nothing (day date, work hugeint)",
        )

    def change(self, *statements: str) -> None:
        with duckdb.connect(self.warehouse) as connection:
            for statement in statements:
                connection.execute(statement)

    def build(self, *days: date, seed: int = 0) -> None:
        """Write the rows of days anew; with another seed, others."""
        with duckdb.connect(self.warehouse) as connection:
            for day in days:
                for table in ("entries", "blocks", "built_days"):
                    connection.execute(f"delete from {table} where day = '{day}'")
                connection.execute(
                    f"insert into entries select date '{day}', number, md5('{day}' || number || {seed}), "
                    f"number * 7 + {seed} from range({ROWS_PER_DAY}) as rows (number)"
                )
                height = (day - FIRST).days
                connection.execute(f"insert into blocks values ('{day}', {height}, {WORK}::hugeint, '{day}')")
                connection.execute(f"delete from metrics_daily where time in ('{day}', date '{day}' + 1)")
                connection.execute(
                    f"insert into metrics_daily values ('btc', '{day}', 'BlkCnt', {height + seed}, '{height + seed}'), "
                    f"('btc', '{day}', 'ReferenceRate', 1, '1'), ('btc', date '{day}' + 1, 'ReferenceRate', 1, '1')"
                )
                connection.execute(f"insert into built_days values ('{day}', 'of {day}, {seed}')")

    def publish(self, days: Days | None = None, *, hours: int = 0) -> dict[str, int]:
        return publish(self.warehouse, self.published, MODELS, days, now=NOW + hours * HOUR)

    def contents(self) -> dict[str, list[tuple[object, ...]]]:
        with duckdb.connect(self.warehouse, read_only=True) as connection:
            return rows(connection)

    def read(self) -> dict[str, list[tuple[object, ...]]]:
        with reading_published(self.published) as connection:
            return rows(connection)

    def files(self) -> set[str]:
        """The files that the state names, below the published folder."""
        with reading_published(self.published) as connection:
            found = connection.execute("select file from published_files where file is not null").fetchall()
        return {f"tables/{file}" for (file,) in found}

    def bytes_of_files(self) -> dict[str, bytes]:
        return {name: (self.published.parent / name).read_bytes() for name in self.files()}


def rows(connection: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[object, ...]]]:
    """All rows of the public tables, ordered."""
    return {name: connection.execute(f"from {name} order by all").fetchall() for name in TABLES}


def since_first(number: int) -> Iterator[date]:
    """So many days from the first on."""
    return iter(Days(FIRST, FIRST + timedelta(days=number - 1)))
