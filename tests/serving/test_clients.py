"""The official clients, unmodified, against the server; in an environment of their own."""

import subprocess
from pathlib import Path

import pytest

from tests.serving.copies import make_copy
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


def run(*command: object) -> str:
    """Run a command that has to succeed, and return what it printed."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.mark.parametrize("script", [COIN_METRICS, SANPY], ids=["coinmetrics", "sanpy"])
def test_what_analysts_write(server: Server, clients: Path, script: str) -> None:
    run(clients, "-c", script, server.port)


@pytest.mark.parametrize("name", ["accept_coinmetrics.py", "accept_sanpy.py"])
def test_acceptance(shared: Path, server: Server, clients: Path, name: str) -> None:
    options = ["--over-strict"] if "sanpy" in name else []
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
