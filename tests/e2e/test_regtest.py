"""The regtest chain of 70 days against what its node said, read without bitcoin-etl."""

import json
from pathlib import Path

import pytest

from tests.e2e.conftest import Installation
from tests.node import Node
from tests.reference.exports import csv_rows

# Heights and days that exist in the truth but not in the build: the last day is not complete.
LAST_DAY = "2024-03-29"


@pytest.fixture(scope="module")
def data(shared: Path) -> Path:
    return shared / "data" / "regtest_70_days"


def assert_days(from_node: Installation, data: Path) -> None:
    # block 0 is older than block 1 by far more than 30 days: it belongs to block 1's day, and metrics leave it out
    truth = [row for row in csv_rows(data / "truth" / "daily_truth.csv") if "2012" < row["day_mediantime"] <= LAST_DAY]
    rows = from_node.query(
        "select cast(time as varchar), metric, value_text from metrics_daily "
        "where metric in ('BlkCnt', 'FeeTotNtv', 'TxCnt', 'IssTotNtv', 'SplyCur')"
    )
    values = {(day, metric): int(text.replace(".", "")) for day, metric, text in rows}
    issued = {
        str(day): int(value)
        for day, value in from_node.query(
            "select day, -sum(value) from balance_updates where account = 'ISSUANCE' and height > 0 group by day"
        )
    }
    assert len(truth) >= 67
    for row in truth:
        day = row["day_mediantime"]
        expected = {name: int(value) for name, value in row.items() if name != "day_mediantime"}
        assert values[day, "BlkCnt"] == expected["blocks"]
        assert values[day, "TxCnt"] == expected["txs"] - expected["blocks"]
        assert values[day, "FeeTotNtv"] == expected["fees"]
        assert values[day, "IssTotNtv"] == expected["issuance"] + expected["unclaimed"]
        assert values[day, "SplyCur"] == expected["supply_issued_cum"] - expected["supply_nulldata"] - 50 * 10**8
        assert issued[day] == expected["issuance"]


def assert_blocks(from_node: Installation, data: Path) -> None:
    truth = {int(row["height"]): row for row in csv_rows(data / "truth" / "blocks_truth.csv")}
    blocks = from_node.query("select height, hash, previous_hash, fees, epoch(median_time)::bigint from blocks")
    assert len(blocks) > 1590
    for height, block_hash, previous_hash, fees, median_time in blocks:
        row = truth[height]
        assert (block_hash, previous_hash or "") == (row["hash"], row["previous_hash"])
        assert (fees, median_time) == (int(row["fees"]), int(row["mediantime"]))


def assert_balances_at_the_tip(from_node: Installation, data: Path, regtest_node: Node) -> None:
    """Balances at the last complete day, carried to the tip by the truth, are what the node holds unspent."""
    totals = json.loads((data / "truth" / "totals.json").read_text())
    assert round(regtest_node.rpc("gettxoutsetinfo")["total_amount"] * 10**8) == totals["node_utxo_total"]
    last = next(row for row in csv_rows(data / "truth" / "daily_truth.csv") if row["day_mediantime"] > LAST_DAY)
    ((balances,),) = from_node.query(
        "select sum(value) from balance_updates where account not in ('FEES', 'ISSUANCE', 'UNSPENDABLE')"
    )
    assert balances + int(last["issuance"]) - int(last["nulldata_value"]) == (
        totals["sum_of_balances"] - totals["nulldata_unspendable"]
    )


def test_the_tables_are_what_the_node_said(
    data: Path, regtest_node: Node, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    from_node = Installation(tmp_path)
    source = ("--source", "node", "--chain", "regtest", "--node-url", regtest_node.url)
    from_node.build(*source, "--min-confirmations", "0", "--labels", str(data / "exchange_labels.csv"))
    with subtests.test("days"):
        assert_days(from_node, data)
    with subtests.test("blocks"):
        assert_blocks(from_node, data)
    with subtests.test("balances at the tip"):
        assert_balances_at_the_tip(from_node, data, regtest_node)
