"""The regtest chain of 70 days against what its node said, read without bitcoin-etl."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from tests.chain.witness_chain import Call, proxy_of
from tests.e2e.conftest import Installation
from tests.node import Node
from tests.reference.exports import csv_rows

# Heights and days that exist in the truth but not in the build: the last day is not complete.
LAST_DAY = "2024-03-29"


@pytest.fixture(scope="module")
def data(shared: Path) -> Path:
    return shared / "data" / "regtest_70_days"


@pytest.fixture(scope="module")
def from_node(data: Path, regtest_node: Node, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    installed = Installation(tmp_path_factory.mktemp("node-home"))
    source = ("--source", "node", "--chain", "regtest", "--node-url", regtest_node.url)
    installed.build(*source, "--min-confirmations", "0", "--labels", str(data / "exchange_labels.csv"))
    return installed


def test_days(from_node: Installation, data: Path) -> None:
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


def test_blocks(from_node: Installation, data: Path) -> None:
    truth = {int(row["height"]): row for row in csv_rows(data / "truth" / "blocks_truth.csv")}
    blocks = from_node.query("select height, hash, previous_hash, fees, epoch(median_time)::bigint from blocks")
    assert len(blocks) > 1590
    for height, block_hash, previous_hash, fees, median_time in blocks:
        row = truth[height]
        assert (block_hash, previous_hash or "") == (row["hash"], row["previous_hash"])
        assert (fees, median_time) == (int(row["fees"]), int(row["mediantime"]))


def test_files_give_the_same_bytes(from_node: Installation, data: Path, tmp_path: Path) -> None:
    from_files = Installation(tmp_path)
    source = ("--source", "files", "--chain", "regtest", "--files", str(data))
    from_files.build(*source, "--min-confirmations", "0", "--labels", str(data / "exchange_labels.csv"))
    assert from_files.contents() == from_node.contents()


def test_balances_at_the_tip(from_node: Installation, data: Path, regtest_node: Node) -> None:
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


def test_verify_agrees_with_the_node(from_node: Installation, regtest_node: Node) -> None:
    done = from_node.run("verify", "--node-url", regtest_node.url)
    assert done.returncode == 0, done.stdout + done.stderr
    for compared in (
        "days, from the lake alone: files (SHA-256), counts and places, block ids",
        "ids and counts of ",
        "fees, subsidy and totals of ",
        "the sum of all unspent outputs at block 1606",
        "what 10 addresses own at block ",
    ):
        assert compared in done.stdout, done.stdout
    assert "Differs" not in done.stdout and "No difference." in done.stdout


def test_verify_tells_each_difference_from_the_node(
    from_node: Installation, regtest_node: Node, tmp_path: Path
) -> None:
    shutil.copytree(from_node.home / "lake", tmp_path / "lake")
    shutil.copy(from_node.home / "warehouse.duckdb", tmp_path / "warehouse.duckdb")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("update blocks set fees = fees + 1 where height = (select max(last_height) from built_days)")
        connection.execute("update ledger_days set users = users + 1 where day = (select max(day) from ledger_days)")
        connection.execute("update account_states set closing = closing + 7")
    copy = Installation(tmp_path)
    done = copy.run("verify", "--node-url", regtest_node.url, "--days", "2")
    assert done.returncode == 1
    differences = [line for line in done.stdout.splitlines() if line.startswith("Differs: ")]
    assert sum("totalfee is " in line for line in differences) == 1
    assert sum("unspent outputs are worth " in line for line in differences) == 1
    assert sum("(scantxoutset)" in line for line in differences) == 10
    assert len(differences) == 12
    assert copy.run("verify", "--node-url", regtest_node.url, "--days", "2").stdout == done.stdout


def test_verify_without_a_node_says_what_it_could_not_compare(from_node: Installation) -> None:
    done = from_node.run("verify", "--node-url", "http://127.0.0.1:1", "--from", "2024-02-01", "--to", "2024-02-03")
    assert done.returncode == 0, done.stderr
    assert "Compared: 3 days, from the lake alone: " in done.stdout
    assert "Not compared: all that only a node tells: The node at http://127.0.0.1:1 cannot be reached" in done.stdout


def test_verify_keeps_what_it_found_where_the_node_answers_nonsense(
    from_node: Installation, regtest_node: Node
) -> None:
    with proxy_of(regtest_node) as proxy:
        proxy.change = lambda call, result: {"height": 1} if call["method"] == "gettxoutsetinfo" else result
        done = from_node.run("verify", "--node-url", proxy.url, "--days", "2")
        assert done.returncode == 1 and "Traceback" not in done.stderr
        assert "Compared: 2 days, from the lake alone: " in done.stdout and "Compared: ids and counts" in done.stdout
        assert "answers gettxoutsetinfo as no Bitcoin node does (object missing required field total" in done.stderr
        proxy.change = lambda call, result: [] if call["method"] == "getblockstats" else result
        done = from_node.run("verify", "--node-url", proxy.url, "--days", "2")
        assert done.returncode == 1 and "answers getblockstats as no Bitcoin node does" in done.stderr
        assert "Not compared: the rest of what only a node tells: The node at " in done.stdout


def test_verify_leaves_out_what_the_node_has_pruned(from_node: Installation, regtest_node: Node) -> None:
    def pruned(_: object, calls: list[Call], answers: list[Call]) -> bytes | None:
        if calls[0]["method"] != "getblockstats" or calls[0]["params"][0] > 1500:
            return None
        error = {"code": -1, "message": "Block not available (pruned data)"}
        return json.dumps([{"id": answer["id"], "error": error} for answer in answers]).encode()

    with proxy_of(regtest_node) as proxy:
        proxy.reply = pruned
        done = from_node.run("verify", "--node-url", proxy.url, "--days", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Not compared: fees and totals of 3 blocks that the node has pruned" in done.stdout
    assert "fees, subsidy and totals of 3 of these blocks" in done.stdout


def test_verify_with_the_warehouse_of_another_version(
    from_node: Installation, regtest_node: Node, tmp_path: Path
) -> None:
    shutil.copytree(from_node.home / "lake", tmp_path / "lake")
    shutil.copy(from_node.home / "warehouse.duckdb", tmp_path / "warehouse.duckdb")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("alter table user_accounts rename column account_type to kind")
    done = Installation(tmp_path).run("verify", "--node-url", regtest_node.url, "--days", "2")
    assert done.returncode == 0, done.stderr
    assert "Not compared: the rest of the ledger: the warehouse " in done.stdout
    assert "was built by another version of satledger: move it away and run `satledger build`" in done.stdout
