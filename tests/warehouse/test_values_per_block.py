"""What the catalogue says a metric is of one block adds up to what the metric is of a day."""

from decimal import Decimal
from itertools import groupby
from statistics import median

from tests.warehouse.harness import Home

COIN = 10**8
VALUES = "(select * from blocks join block_totals using (asset, day, height) where height > 0)"


def test_sums_of_blocks_are_those_of_days(regtest_home: Home) -> None:
    with regtest_home.reading() as connection:
        sums = connection.execute(
            "select id, value_type, per_block from metric_catalog where per_block is not null and type = 'Sum'"
        ).fetchall()
        assert {metric for metric, *_ in sums} >= {
            "BlkCnt", "BlkSizeByte", "FeeTotNtv", "RevNtv", "TxCnt", "TxOpRetCnt", "TxTfrCnt", "TxTfrValDayDst",
            "TxTfrValNtv",
        }  # fmt: skip
        for metric, value_type, expression in sums:
            rows = connection.execute(
                f"select day, sum({expression}) from {VALUES} group by day order by day"
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


def test_medians_are_those_of_the_rows(regtest_home: Home) -> None:
    """Of fees and transfers, from the tables of single ones."""
    with regtest_home.reading() as connection:
        fees = connection.execute(
            "select height, fee from transactions where not is_coinbase and height > 0 order by height"
        ).fetchall()
        transfers = connection.execute(
            "select height, value from outputs where tx_index > 0 and value > 0 and account_id > 0 and not exists ("
            "select 1 from inputs where inputs.height = outputs.height and inputs.tx_index = outputs.tx_index "
            "and inputs.account_id = outputs.account_id) order by height"
        ).fetchall()
        for column, rows in (("median_fee", fees), ("median_transfer", transfers)):
            stored = connection.execute(
                f"select height, {column} from block_totals where {column} is not null order by height"
            ).fetchall()
            of_blocks = groupby(rows, key=lambda row: row[0])
            assert stored == [(height, median(value for _, value in group)) for height, group in of_blocks]


def test_values_of_all_blocks_can_be_computed(regtest_home: Home) -> None:
    """Null is the answer where there is nothing to divide by; nothing overflows, nothing fails."""
    with regtest_home.reading() as connection:
        metrics = connection.execute("select id, per_block from metric_catalog where per_block is not null").fetchall()
        for metric, expression in metrics:
            counted = connection.execute(f"select count({expression}) from {VALUES}").fetchone()
            assert counted and counted[0] > 0, metric
