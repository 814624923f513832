"""Names of the accounts of a few days, looked up once for all tables that are published with names.

Each view would read the names of all accounts for itself: the whole chain has 1,400 million (docs/scale.md).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import duckdb

from dagster_project.days import Days, span
from dagster_project.publish.tables import PublicTable

# The view that names come from, by ``account_id``; accounts that are nobody's have no ``day``.
ACCOUNTS = "accounts"
# Of more days, the names are not worth a table.
FEW_DAYS = timedelta(days=7)
NO_DAYS = Days(date.max, date.min)

# Where the names of the days, and the views that read them, are: the database of the connection, in memory.
_ASIDE = "memory.main"


def named_aside(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[PublicTable], days: Days | None
) -> tuple[Days, Mapping[str, str]]:
    """Look up the names of some days, and make views that are equal to the public ones on these days.

    Args:
        connection: to a database in memory, with the warehouse attached and in use.
        tables: the public tables. Those with ``accounts`` tell which columns hold the accounts that they name.
        days: the days that are published; None for all.

    Returns:
        The days on which the views are complete, and by public table the view to read there; no days without views.
    """
    named = [table for table in tables if table.accounts]
    if days is None or not named:
        return NO_DAYS, {}
    around = span([day for table in named for day in (table.around(days).first, table.around(days).last)])
    if around.last - around.first >= FEW_DAYS:
        return NO_DAYS, {}
    (warehouse,) = connection.execute("select current_database()").fetchall()[0]
    columns = sorted({column for table in named for column in table.accounts})
    wanted = " union all ".join(
        f"select {column} as account_id from {column.partition('.')[0]} "
        f"where day between date '{around.first}' and date '{around.last}'"
        for column in columns
    )
    connection.execute(
        f"create table {_ASIDE}.{ACCOUNTS} as "
        f"select names.* from {ACCOUNTS} as names inner join (select distinct account_id from ({wanted})) as wanted "
        "on names.account_id = wanted.account_id where names.day is not null "
        f"union all select * from {ACCOUNTS} where day is null"
    )
    views: dict[str, str] = {}
    texts = dict(
        connection.execute(
            "select view_name, sql from duckdb_views() where database_name = ? and schema_name = 'main'", [warehouse]
        ).fetchall()
    )
    for table in _in_order_of_reading(named, texts, warehouse):
        aside = [ACCOUNTS, *views]
        names = re.compile(rf"\b{warehouse}\.main\.({'|'.join(aside)})\b")
        body, found = names.subn(rf"{_ASIDE}.\1", texts[table.name].partition(" AS ")[2].rstrip().rstrip(";"))
        if found:
            connection.execute(f"create view {_ASIDE}.{table.name} as {body}")
            views[table.name] = f"{_ASIDE}.{table.name}"
    return around, views


def _in_order_of_reading(
    tables: Sequence[PublicTable], texts: Mapping[str, str], warehouse: str
) -> Sequence[PublicTable]:
    """The tables that are views, each after those that it reads."""
    views = [table for table in tables if table.name in texts]

    def depth(view: PublicTable) -> int:
        read = [other for other in views if re.search(rf"\b{warehouse}\.main\.{other.name}\b", texts[view.name])]
        return 1 + max(map(depth, read), default=0)

    return sorted(views, key=depth)
