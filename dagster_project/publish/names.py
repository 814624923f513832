"""Names of the accounts of some days, looked up once for all tables that are published with names.

Each view would read the names of all accounts for itself: the whole chain has 1,400 million (docs/scale.md).
"""

import re
from collections.abc import Collection, Mapping, Sequence

import duckdb

from dagster_project.days import Days, span
from dagster_project.publish.tables import PublicTable

# The view that names come from, by ``account_id``; accounts that are nobody's have no ``day``.
ACCOUNTS = "accounts"
# Rows with accounts that a period may have. If each had another account, the table of their names would take 0.9 GB, by
# some 75 bytes a name.
PERIOD_ROWS = 12_000_000

# Where the names of a period, and the views that read them, are: the database of the connection, in memory.
_ASIDE = "memory.main"


class NamesAside:
    """The names of one period at a time, in a table in memory, and views that read it instead of all names.

    Args:
        connection: to a database in memory, with the warehouse attached and in use.
        tables: the public tables with ``accounts``, which tell which columns hold the accounts that they name.

    Attributes:
        views: by public table the view to read instead; on the days of the period it has the same rows.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, tables: Sequence[PublicTable]) -> None:
        self._connection = connection
        self._columns = sorted({column for table in tables for column in table.accounts})
        if tables:
            connection.execute(f"create table {_ASIDE}.{ACCOUNTS} as from {ACCOUNTS} limit 0")
        self.views: Mapping[str, str] = _copied_views(connection, tables)

    def periods(self, spans: Collection[Days]) -> list[list[Days]]:
        """Put consecutive spans together, as long as they have at most ``PERIOD_ROWS`` rows with accounts.

        A span with more is left out: its names would take too much memory.

        Args:
            spans: ranges of days that do not overlap.
        """
        if not spans or not self._columns:
            return []
        around = span([day for each in spans for day in (each.first, each.last)])
        rows = dict(
            self._connection.execute(f"select day, count(*) from ({self._accounts_of(around)}) group by day").fetchall()
        )
        found: list[list[Days]] = []
        total, is_open = 0, False
        for each in sorted(spans, key=lambda days: days.first):
            own = sum(rows.get(day, 0) for day in each)
            if own > PERIOD_ROWS:
                is_open = False
                continue
            if not is_open or total + own > PERIOD_ROWS:
                found.append([])
                total, is_open = 0, True
            found[-1].append(each)
            total += own
        return found

    def look_up(self, spans: Sequence[Days]) -> None:
        """Look up the names of a period, which replace those of the one before."""
        days = Days(spans[0].first, spans[-1].last)
        self._connection.execute(
            f"create or replace table {_ASIDE}.{ACCOUNTS} as "
            f"select names.* from {ACCOUNTS} as names "
            f"inner join (select distinct account_id from ({self._accounts_of(days)})) as wanted "
            "on names.account_id = wanted.account_id where names.day is not null "
            f"union all select * from {ACCOUNTS} where day is null"
        )

    def _accounts_of(self, days: Days) -> str:
        """SQL for the accounts of some days: day and id, each as often as it occurs."""
        return " union all ".join(
            f"select day, {column} as account_id from {column.partition('.')[0]} "
            f"where day between date '{days.first}' and date '{days.last}'"
            for column in self._columns
        )


def _copied_views(connection: duckdb.DuckDBPyConnection, tables: Sequence[PublicTable]) -> dict[str, str]:
    """Copies of the views that read the names aside, by public table."""
    (warehouse,) = connection.execute("select current_database()").fetchall()[0]
    texts = dict(
        connection.execute(
            "select view_name, sql from duckdb_views() where database_name = ? and schema_name = 'main'", [warehouse]
        ).fetchall()
    )
    views: dict[str, str] = {}
    for table in _in_order_of_reading(tables, texts, warehouse):
        aside = [ACCOUNTS, *views]
        names = re.compile(rf"\b{warehouse}\.main\.({'|'.join(aside)})\b")
        body, found = names.subn(rf"{_ASIDE}.\1", texts[table.name].partition(" AS ")[2].rstrip().rstrip(";"))
        if found:
            connection.execute(f"create view {_ASIDE}.{table.name} as {body}")
            views[table.name] = f"{_ASIDE}.{table.name}"
    return views


def _in_order_of_reading(
    tables: Sequence[PublicTable], texts: Mapping[str, str], warehouse: str
) -> Sequence[PublicTable]:
    """The tables that are views, each after those that it reads."""
    views = [table for table in tables if table.name in texts]

    def depth(view: PublicTable) -> int:
        read = [other for other in views if re.search(rf"\b{warehouse}\.main\.{other.name}\b", texts[view.name])]
        return 1 + max(map(depth, read), default=0)

    return sorted(views, key=depth)
