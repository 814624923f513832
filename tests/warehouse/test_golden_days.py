"""Days whose numbers were published, or counted by hand."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.reference.exports import csv_rows
from tests.warehouse.harness import Home

# Published values of these days; block 170 holds the first payment, of 10 BTC to another key.
GOLDEN = {
    date(2009, 1, 3): {
        "BlkCnt": "0",
        "SplyCur": "0.00000000",
        "SplyMiner0HopAllNtv": "50.00000000",
        "HashRate": None,
        "AdrActCnt": "0",
    },
    date(2009, 1, 5): {
        "BlkCnt": "0",
        "BlkHgt": "0",
        "IssTotNtv": "0.00000000",
        "DiffMean": None,
        "SplyCur": "0.00000000",
    },
    date(2009, 1, 9): {
        "BlkCnt": "19",
        "BlkHgt": "19",
        "AdrActCnt": "19",
        "DiffMean": "1",
        "IssTotNtv": "950.00000000",
        "SplyCur": "950.00000000",
        "SplyMiner0HopAllNtv": "1000.00000000",
        "SplyMiner1HopAllNtv": "1000.00000000",
    },
    date(2009, 1, 10): {"BlkCnt": "61", "SplyCur": "4000.00000000", "TxCnt": "0", "AdrActCnt": "61", "BlkHgt": "80"},
    date(2009, 1, 11): {
        "BlkCnt": "93",
        "BlkHgt": "173",
        "AdrActCnt": "95",
        "TxCnt": "1",
        "SplyCur": "8650.00000000",
        "SplyMiner0HopAllNtv": "8690.00000000",
        "SplyMiner1HopAllNtv": "8700.00000000",
        "FlowMinerOut0HopAllNtv": "10.00000000",
    },
}


# Published as doubles.
HASH_RATES = {"HashRate": 9.44495122962963e-7, "RevHashNtv": 11641.53218269, "RevHashRateNtv": 1005828380.584717}


def test_mainnet(mainnet_home: Home, subtests: pytest.Subtests) -> None:
    with mainnet_home.reading() as connection:
        rows = connection.execute("select time, metric, value_text, value from metrics_daily").fetchall()
        last = connection.execute("select max(day) from built_days").fetchone()
    texts = {(day, metric): text for day, metric, text, _ in rows}
    for day, golden in GOLDEN.items():
        with subtests.test(str(day)):
            assert {metric: texts[day, metric] for metric in golden} == golden
    with subtests.test("hash rates"):
        values = {metric: value for day, metric, _, value in rows if day == date(2009, 1, 9)}
        assert {metric: values[metric] for metric in HASH_RATES} == pytest.approx(HASH_RATES, rel=1e-12)
    with subtests.test("the incomplete day"):
        assert last == (date(2009, 1, 11),)


def test_mainnet_as_published(mainnet_home: Home, shared: Path) -> None:
    """Every published value of the first three days with blocks, to its printed digits, of metrics that are built."""
    rows = csv_rows(shared / "data" / "reference" / "published_btc_sample.csv")
    days = {day.isoformat(): day for day in GOLDEN}
    published = {(days[row["date"]], row["metric"]): row["value"] for row in rows if row["date"] in days}
    with mainnet_home.reading() as connection:
        stored = connection.execute("select time, metric, value_text from metrics_daily where asset = 'btc'").fetchall()
    built = {(day, metric): Decimal(text) for day, metric, text in stored if text is not None}
    compared = published.keys() & built.keys()
    wrong = {key: (published[key], built[key]) for key in compared if not as_printed(built[key], published[key])}
    assert wrong == {}
    # The vendor's free float needs lists of his that are not published.
    assert published.keys() - built.keys() == {key for key in published if key[1] == "SplyFF"}


def as_printed(value: Decimal, text: str) -> bool:
    """Whether a value is the published one, as far as that was printed."""
    published = Decimal(text)
    exponent = published.as_tuple().exponent
    assert isinstance(exponent, int)
    return abs(value - published) <= Decimal(1).scaleb(exponent) / 2 + abs(published) * Decimal("1e-12")


def test_percentages_of_the_14_intervals_add_up_to_100(mainnet_home: Home, subtests: pytest.Subtests) -> None:
    """Everybody was active in the first week, so active holders hold all of it too."""
    for family in ("percent_of_holders_distribution", "percent_of_active_holders_distribution"):
        with subtests.test(family), mainnet_home.reading() as connection:
            rows = connection.execute(
                "select metric like '%combined_balance%', time, count(*), sum(value) from metrics_daily "
                "where starts_with(metric, ?) and metric not like '%10M_to_inf' group by all",
                [family],
            ).fetchall()
            units = connection.execute(
                "select distinct unit from metric_catalog where starts_with(id, ?)", [family]
            ).fetchall()
            assert len(rows) == 2 * 9
            assert all(intervals == 14 and total == pytest.approx(100, rel=1e-12) for _, _, intervals, total in rows)
            assert units == [("Percentage",)]
