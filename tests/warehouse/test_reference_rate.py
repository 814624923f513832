"""The reference rate: a day's close, at the beginning of the next day."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from dagster_project.days import Days
from dagster_project.publish.copy import publish
from dagster_project.warehouse.manifest import load_manifest, public_models
from tests.warehouse.plain_chain import home_of, plain_chain

FIRST = date(2024, 1, 20)
DAYS = 4
IDS = ("ReferenceRate", "ReferenceRateUSD")
QUERY = """
select metric, time, value_text, reason
from metrics_daily left join metric_gaps using (asset, time, metric)
where metric in ('PriceUSD', 'ReferenceRate', 'ReferenceRateUSD')
order by all
"""


def day(number: int) -> date:
    """The day of that number, from 0 on."""
    return FIRST + timedelta(days=number)


def test_a_price_is_the_reference_rate_of_the_next_day(tmp_path: Path) -> None:
    """Built and published day by day, or at once: rows from the first day to the day after the last."""
    start = datetime(2024, 1, 20, tzinfo=UTC)
    home = home_of(plain_chain([start + timedelta(hours=2 * number) for number in range(12 * DAYS + 7)]), tmp_path)
    prices = tmp_path / "prices"
    prices.mkdir()
    # there is a price from the day before the chain on, but none for its third day
    text = "".join(f"{day(number)},{100 + number}.50\n" for number in range(-1, DAYS) if number != 2)
    (prices / "btc.csv").write_text("time,PriceUSD\n" + text)
    home.price(prices)
    for built in range(1, DAYS):
        last = day(built)
        first = FIRST if built == 1 else last
        home.build(first, last)
        models = public_models(load_manifest(home.settings.home / "target" / "manifest.json"))
        publish(home.settings.warehouse, home.settings.published, models, None if built == 1 else Days(first, last))
        rows = published_rows(home.settings.published)
        anew = tmp_path / "anew" / "satledger.duckdb"
        publish(home.settings.warehouse, anew, models)
        assert rows == published_rows(anew)
        for id_ in IDS:
            assert [row[1:] for row in rows if row[0] == id_] == [expected(number) for number in range(built + 2)]
        assert max(row[1] for row in rows if row[0] == "PriceUSD") == last


def published_rows(path: Path) -> list[tuple]:
    """The prices and reference rates of a published copy, with the reasons for nulls."""
    with duckdb.connect(path, read_only=True) as connection:
        return connection.execute(QUERY).fetchall()


def expected(number: int) -> tuple[date, str | None, str | None]:
    """The reference rate of the day of that number."""
    if number == 3:
        return day(number), None, "no price of this asset on the day before"
    return day(number), f"{99 + number}.5", None
