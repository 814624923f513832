"""The official clients, unmodified, against the server; in an environment of their own."""

import json
import subprocess
from pathlib import Path

import duckdb
import pytest

from tests.serving.copies import day, make_copy
from tests.serving.servers import Server, make_key

COIN_METRICS = """
import sys
from coinmetrics.api_client import CoinMetricsClient
client = CoinMetricsClient("", host="127.0.0.1", port=int(sys.argv[1]), schema="http")
frame = client.get_asset_metrics(["btc", "ltc"], ["BlkCnt", "PriceUSD"]).to_dataframe()
assert frame.shape == (800, 4), frame.shape
assert frame[frame.asset == "btc"].PriceUSD.notna().sum() == 380
blocks = client.get_asset_metrics("btc", ["RevNtv", "DiffLast"], frequency="1b").to_dataframe()
assert {"asset", "time", "height", "block_hash", "parent_block_hash"} < set(blocks.columns), blocks.columns
assert len(blocks) == 198 and float(blocks.RevNtv.iloc[0]) == 50.00000001
flows = client.get_asset_metrics("btc", ["FlowInBNBNtv"]).to_dataframe()
assert set(flows["FlowInBNBNtv-status"]) == {"reviewed"}
chain = client.get_list_of_blocks_v2("btc").parallel(height_increment=50, progress_bar=False).to_list()
assert sorted(int(row["height"]) for row in chain) == list(range(200)), len(chain)  # the client leaves out the end
for paging, days in ((None, ["2023-01-01", "2023-01-02"]), ("end", ["2024-02-03", "2024-02-04"])):
    asked = {"paging_from": paging} if paging else {}
    rows = client.get_asset_metrics("BTC", "BlkCnt", limit_per_asset=2, **asked).to_list()
    assert [row["time"][:10] for row in rows] == days, rows
"""

LEDGER = """
import sys
from coinmetrics.api_client import CoinMetricsClient
client = CoinMetricsClient("", host="127.0.0.1", port=int(sys.argv[1]), schema="http")
blocks = client.get_list_of_blocks_v2("btc", start_height=1, end_height=3).to_dataframe()
assert list(blocks.height) == [1, 2, 3] and list(blocks.n_balance_updates) == [9, 9, 9], blocks
accounts = client.get_list_of_accounts_v2("btc", page_size=50).to_dataframe()
assert len(accounts) == 2 + 5 + 7 + 201, len(accounts)
assert abs(accounts.balance.sum()) < 1e-6 and set(accounts.type) == {"UTXO", "VIRTUAL"}, accounts
miner = client.get_list_of_accounts_v2("btc", accounts=["miner1"]).to_list()[0]
updates = client.get_list_of_balance_updates_v2("btc", accounts=["miner1", "payee1"], page_size=7).to_dataframe()
mine = updates[updates.account == "miner1"]
assert mine.new_balance.iloc[-1] == float(miner["balance"]), (mine, miner)
assert abs(mine.change.sum() - mine.new_balance.iloc[-1]) < 1e-6
assert (mine.previous_balance.iloc[1:].values == mine.new_balance.iloc[:-1].values).all()
latest = client.get_list_of_balance_updates_for_account_v2("btc", "miner1").to_list()
assert len(latest) == len(mine) and latest[-1]["chain_sequence_number"] == miner["last_chain_sequence_number"]
transactions = client.get_list_of_transactions_v2("btc", block_hashes=blocks.block_hash[0]).to_dataframe()
assert [float(fee) for fee in transactions.fee] == [0, 1e-8, 0], transactions
block = client.get_full_block_v2("btc", blocks.block_hash[0], False).to_list()[0]
assert [each["txid"] for each in block["transactions"]] == list(transactions.txid)
for transaction in (
    client.get_full_transaction_v2("btc", transactions.txid[1], False).to_list()[0],
    client.get_full_transaction_for_block_v2("btc", blocks.block_hash[0], transactions.txid[1], False).to_list()[0],
):
    assert transaction["balance_updates"] == block["transactions"][1]["balance_updates"]
    assert transaction["height"] == "1"
for catalog in ("accounts", "balance_updates", "blocks", "transactions"):
    found = getattr(client, f"catalog_blockchain_{catalog}_v2")().to_list()
    assert found == getattr(client, f"catalog_full_blockchain_{catalog}_v2")(assets="btc").to_list()
    assert [row["asset"] for row in found] == ["btc"] and found[0]["min_time"] == "2023-01-01T00:00:00.000000000Z"
"""

SANPY = """
import os, sys
os.environ["SANBASE_GQL_HOST"] = f"http://127.0.0.1:{sys.argv[1]}/graphql"
import san
frame = san.get("BlkCnt", slug="bitcoin", from_date="2023-01-01", to_date="2023-12-31", interval="1w")
assert frame.value.iloc[1] == sum(140 + n % 9 for n in range(4, 11)), frame
many = san.get_many("DiffMean", slugs=["litecoin", "ethereum"], from_date="2023-01-01", to_date="2023-04-30")
assert set(many.columns) == {"ethereum", "litecoin"} and many.ethereum.notna().sum() == 100, many
months = san.get(
    "price_usd", slug="bitcoin", from_date="utc_now-90y", to_date="2023-03-31", interval="toStartOfMonth",
    transform={"type": "percent_change"},
)
assert [str(day.date()) for day in months.index] == ["2023-02-01", "2023-03-01"], months
assert abs(months.value.iloc[0] - 100 * 28 / 30030.125) < 1e-9, months
holders = san.get("holders_distribution_1_to_10", slug="bitcoin", from_date="2023-01-01", to_date="2023-01-03")
assert str(holders.value.dtype) == "int64", holders.dtypes
assert "price_btc" in san.available_metrics_for_slug("bitcoin")
prices = san.get("prices/bitcoin", from_date="2023-01-01", to_date="2023-02-01")
assert prices.priceUsd.iloc[0] == 30020.125, prices
"""

# Ids of Santiment, by how the vendor makes one value of the seven of a week, which are 4 to 10 here.
SANTIMENT = {
    "LAST": ["circulation_365d", "mvrv_usd", "mean_age", "active_addresses_7d", "realized_cap_hodl_waves_1d_to_7d"],
    "AVG": ["realized_value_usd", "mean_realized_price_usd_90d", "nvt", "daily_active_addresses"],
    "SUM": ["dormant_circulation_365d", "spent_coins_age_band_1d_to_7d", "network_profit_loss", "age_destroyed",
            "age_consumed", "transaction_volume", "network_growth"],
}  # fmt: skip
SANTIMENT_SCRIPT = """
import json, os, sys
os.environ["SANBASE_GQL_HOST"] = f"http://127.0.0.1:{sys.argv[1]}/graphql"
import san
listed = san.available_metrics_for_slug("bitcoin")
for aggregation, ids in json.loads(sys.argv[2]).items():
    for id in ids:
        assert id in listed, id
        frame = san.get(id, slug="bitcoin", from_date="2023-01-05", to_date="2023-01-11", interval="1w")
        assert list(frame.value) == [{"LAST": 10, "AVG": 7, "SUM": 49}[aggregation]], (id, frame)
        about = san.metadata(id, arr=["defaultAggregation", "humanReadableName"])
        assert about["defaultAggregation"] == aggregation and about["humanReadableName"] != id, (id, about)
"""


def run(*command: object) -> str:
    """Run a command that has to succeed, and return what it printed."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.mark.parametrize("script", [COIN_METRICS, LEDGER, SANPY], ids=["coinmetrics", "ledger", "sanpy"])
def test_what_analysts_write(server: Server, clients: Path, script: str) -> None:
    run(clients, "-c", script, server.port)


def test_santiment_reads_its_own_ids(clients: Path, tmp_path: Path) -> None:
    copy = make_copy(tmp_path / "published" / "satledger.duckdb")
    with duckdb.connect(copy) as connection:
        for id_ in (each for ids in SANTIMENT.values() for each in ids):
            rows = [["btc", day(number), id_, number, str(number)] for number in range(4, 11)]
            connection.executemany("insert into metrics_daily values (?, ?, ?, ?, ?)", rows)
    with Server(tmp_path) as server:
        run(clients, "-c", SANTIMENT_SCRIPT, server.port, json.dumps(SANTIMENT))


def test_acceptance(shared: Path, server: Server, clients: Path, subtests: pytest.Subtests) -> None:
    for name, options in (("accept_coinmetrics.py", []), ("accept_sanpy.py", ["--over-strict"])):
        with subtests.test(name):
            assert " 0 failed" in run(clients, shared / "acceptance" / name, "--port", server.port, *options)


def test_acceptance_with_keys(shared: Path, clients: Path, tmp_path: Path) -> None:
    make_copy(tmp_path / "published" / "satledger.duckdb")
    good, narrow = make_key(tmp_path, "good"), make_key(tmp_path, "narrow", "--metrics", "[!P]*")
    slow = make_key(tmp_path, "slow", "--requests", "1", "--seconds", "3")
    script = shared / "acceptance" / "accept_coinmetrics.py"
    with Server(tmp_path, "--keys") as server:
        port = ["--port", server.port]
        run(clients, script, *port, "--api-key", good, "--bad-key", "wrong")
        assert "PASS auth.forbidden" in run(
            clients, script, *port, "--api-key", narrow, "--forbidden-metric", "PriceUSD", "--only", "forbidden"
        )
        server.get("/v4/reference-data/assets", api_key=slow)
        limited = [*port, "--api-key", good, "--limited-key", slow, "--only", "limits"]
        assert "PASS limits.client_survives_429" in run(clients, script, *limited)
        sanpy = [clients, shared / "acceptance" / "accept_sanpy.py", *port, "--over-strict", "--api-key", good]
        assert "PASS auth.bad_key" in run(*sanpy, "--bad-key", "wrong")
