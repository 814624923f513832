"""What the catalogue says a metric is of one block adds up to what the metric is of a day."""

from decimal import Decimal

from tests.warehouse.harness import Home

COIN = 10**8


def test_sums_of_blocks_are_those_of_days(regtest_home: Home) -> None:
    with regtest_home.reading() as connection:
        sums = connection.execute(
            "select id, value_type, per_block from metric_catalog where per_block is not null and type = 'Sum'"
        ).fetchall()
        assert {"TxCnt", "FeeTotNtv", "RevNtv", "BlkSizeByte"} <= {metric for metric, *_ in sums}
        for metric, value_type, expression in sums:
            rows = connection.execute(
                f"select day, sum({expression}) from blocks where height > 0 group by day order by day"
            ).fetchall()
            days = connection.execute(
                "select time, value_text from metrics_daily where asset = 'btc' and metric = ? and time in "
                "(select day from blocks where height > 0) order by time",
                [metric],
            ).fetchall()
            scale = COIN if value_type == "native" else 1
            assert [(day, Decimal(value) / scale) for day, value in rows] == [
                (day, Decimal(text)) for day, text in days
            ], metric


def test_values_of_all_blocks_can_be_computed(regtest_home: Home) -> None:
    """Null is the answer where there is nothing to divide by; nothing overflows, nothing fails."""
    with regtest_home.reading() as connection:
        metrics = connection.execute("select id, per_block from metric_catalog where per_block is not null").fetchall()
        for metric, expression in metrics:
            counted = connection.execute(f"select count({expression}) from blocks where height > 0").fetchone()
            assert counted and counted[0] > 0, metric
