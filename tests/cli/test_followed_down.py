"""What the explorer lists under a value adds up to it, to the satoshi, on a built home."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from dagster_project.settings import Settings
from serving.published import Snapshot
from serving.rest.explorer import flows
from serving.rest.ledger.cursor import Cursor, reading

DAYS = (date(2022, 1, 10), date(2022, 1, 11))
PARTIES = (None, "Ex", "BFX")
COIN = 10**8


@pytest.fixture(scope="module")
def snapshot(built: Path) -> Snapshot:
    return Snapshot(Settings(home=built).published, 1)


def followed(snapshot: Snapshot, cursor: Cursor) -> list[flows.Traced]:
    """Metrics in native units that can be followed down; of the exchanges one, and all together."""
    ids = [metric.id for metric in snapshot.catalog.metrics.values() if metric.unit == "Native units"]
    found = [source for source in (flows.traced(id_, cursor) for id_ in ids) if source]
    assert len(found) > 150
    return [source for source in found if source.party in PARTIES]


def test_rows_add_up_to_the_value(snapshot: Snapshot) -> None:
    added = 0
    with reading(snapshot) as cursor:
        for source in followed(snapshot, cursor):
            for day in DAYS:
                values = flows.value_of(source, "btc", day, cursor)
                view = flows.transactions_of(source, "btc", day)
                sql = f"select coalesce(sum(satoshi), 0) from ({view.sql})"
                ((total,),) = cursor.execute(sql, dict(view.values)).fetchall()
                assert values["value"] is not None, source.metric
                wanted = Decimal(values["value"]) * COIN
                if source.is_balance:
                    wanted -= Decimal(values["value_before"] or 0) * COIN
                if source.column == "supply" and source.hop is not None:
                    wanted -= brought_along(source, day, cursor)
                assert total == wanted, (source.metric, day)
                added += total != 0
    assert added > 20


def brought_along(source: flows.Traced, day: date, cursor: Cursor) -> int:
    """What accounts held, by the day before, that joined a miner group on a day."""
    sql = """
        select coalesce(sum(updates.value), 0)
        from published.account_updates as updates
        inner join published.hop_members as members on updates.account = members.account
        where members.hop = ? and members.day = ? and updates.day < ?
    """
    ((total,),) = cursor.execute(sql, [source.hop, day, day]).fetchall()
    return total
