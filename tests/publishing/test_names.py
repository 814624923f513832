"""How many days have their names looked up at once."""

from datetime import date

import duckdb
import pytest

from dagster_project.days import Days
from dagster_project.publish import names
from dagster_project.publish.tables import Pace, PublicTable


def test_spans_are_put_together_while_their_accounts_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    days = [date(2024, 1, day) for day in range(1, 8)]
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as made")
        connection.execute("use made")
        connection.execute("create table entries (day date, account_id bigint)")
        connection.execute("create view accounts as select null::date as day, 0::bigint as account_id, 'x' as account")
        for day, rows in zip(days, (3, 4, 3, 11, 5, 6, 0), strict=True):
            connection.execute("insert into entries select ?, range from range(?)", [day, rows])
        table = PublicTable(
            "named", "", {}, "all", Pace.DAYS, day_column="day", days_ahead=0, accounts=("entries.account_id",)
        )
        connection.execute(
            "create view named as select entries.day, account from entries join accounts using (account_id)"
        )
        aside = names.NamesAside(connection, [table])
        monkeypatch.setattr(names, "PERIOD_ROWS", 10)
        spans = [Days(day, day) for day in days]
        assert aside.periods(spans[::-1]) == [spans[:3], spans[4:5], spans[5:]]
        assert aside.periods([]) == []
        assert names.NamesAside(connection, []).periods(spans) == []
