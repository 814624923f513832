"""What is not here: 404 with one sentence that says what there is instead, which is there."""

import csv
import re
import socket
import subprocess
from pathlib import Path

import pytest
import requests

from dagster_project.settings import PROJECT_ROOT, SEEDS
from tests.serving.servers import Server

# Endpoints of the vendor, each with a part of what has to be said.
ABSENT = {
    "blockchain-v2/btc/sub-accounts": "spent_outputs",
    "blockchain-v2/btc/rebasing-changes": "/v4/blockchain-v2/btc/blocks",
    "blockchain/btc/balance-updates": "/v4/blockchain-v2/btc/balance-updates",
    "blockchain/btc/transaction-tracker": "/v4/blockchain-v2/btc/transactions",
    "blockchain-metadata/tags": "exchange_addresses",
    "blockchain-metadata/tagged-entities": "exchange_addresses",
    "timeseries/market-trades": "PriceUSD",
    "timeseries/market-candles": "PriceUSD",
    "timeseries/pair-candles": "PriceUSD",
    "timeseries/index-levels": "PriceUSD",
    "timeseries/exchange-metrics": "FlowInExNtv",
    "timeseries/exchange-asset-metrics": "SplyExNtv",
    "timeseries/exchange-pair-metrics": "PriceUSD",
    "timeseries/institution-metrics": "/v4/timeseries/asset-metrics",
    "timeseries/asset-chains": "/v4/timeseries/asset-metrics",
    "timeseries/mempool-feerates": "FeeTotNtv",
    "timeseries-stream/asset-metrics": "/v4/timeseries/asset-metrics",
    "catalog/markets": "/v4/catalog-v2/asset-metrics",
    "catalog-all/exchanges": "/v4/catalog-v2/asset-metrics",
    "catalog-v2/market-trades": "/v4/catalog-v2/asset-metrics",
    "catalog-v2/blockchain-v2/rebasing-changes": "/v4/catalog-v2/asset-metrics",
    "catalog-all-v2/pair-metrics": "/v4/catalog-v2/asset-metrics",
    "reference-data/exchanges": "/v4/reference-data/assets",
    "reference-data/market-metrics": "/v4/reference-data/asset-metrics",
    "constituent-snapshots/asset-metrics": "/v4/timeseries/asset-metrics",
    "profile/assets": "/v4/reference-data/assets",
    "security-master/markets": "/v4/reference-data/assets",
    "taxonomy/assets": "/v4/reference-data/assets",
    "jobs": "/docs",
    "": "/docs",
}


def sentence(answer: requests.Response) -> str:
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")
    assert set(answer.json()) == {"error"}
    assert answer.json()["error"]["type"] == "not_found"
    return answer.json()["error"]["message"]


@pytest.mark.parametrize(("path", "instead"), ABSENT.items())
def test_the_vendors_other_endpoints(server: Server, path: str, instead: str) -> None:
    told = sentence(server.get(f"/v4/{path}", assets="btc"))
    assert told.startswith(f"There is nothing at /v4/{path}: ")
    assert instead in told
    assert re.search(r"[.?!] ", told) is None
    assert told.endswith(".")


def test_what_is_named_is_there(server: Server) -> None:
    told = " ".join(sentence(server.get(f"/v4/{path}")).partition(": ")[2] for path in ABSENT)
    paths = set(re.findall(r"/v4/[\w/-]+\w|/docs", told))
    assert len(paths) >= 5
    for path in paths:
        required = {"assets": "btc", "metrics": "BlkCnt"} if "timeseries" in path else {}
        assert server.get(path, **required).status_code == 200
    tables = set(re.findall(r"table (\w+)", told))
    assert tables == {"spent_outputs", "exchange_addresses"}
    public = (PROJECT_ROOT / "docs" / "sql.md").read_text(encoding="utf-8")
    assert all(f"| `{table}` |" in public for table in tables)
    with (SEEDS / "metric_catalog.csv").open(encoding="utf-8", newline="") as file:
        metrics = {row["id"] for row in csv.DictReader(file)}
    named = {word for word in re.findall(r"\b[A-Z]\w*[a-z][A-Z]\w*", told) if word != "GraphQL"}
    assert named == {"PriceUSD", "FlowInExNtv", "SplyExNtv", "FeeTotNtv", "BlkCnt"}
    assert named <= metrics


@pytest.mark.parametrize("path", ["/v3/assets", "/api", "/timeseries/asset-metrics", "/graphiql", "/static/nothing"])
def test_other_paths(server: Server, path: str) -> None:
    told = sentence(server.get(path))
    assert told.startswith(f"There is nothing at {path}: ")
    for place in ("/docs", "/v4", "/graphql"):
        assert place in told


def test_other_methods_say_what_is_possible(server: Server) -> None:
    posted = requests.post(f"{server.url}/v4/reference-data/assets", timeout=30)
    assert (posted.status_code, posted.headers["allow"]) == (405, "GET")
    message = posted.json()["error"]["message"]
    assert message == "POST is not possible at /v4/reference-data/assets: it takes GET."
    assert server.get("/graphql").json()["error"]["message"] == "GET is not possible at /graphql: it takes POST."


def test_a_stream_is_refused_in_the_same_way(server: Server) -> None:
    request = (
        "GET /v4/timeseries-stream/asset-metrics?assets=btc HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(request.encode())
        answer = b""
        while b'"}}' not in answer:
            part = connection.recv(4_096)
            assert part, answer
            answer += part
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"nothing is streamed here" in answer


CLIENT = """
import sys
from requests import HTTPError
from coinmetrics.api_client import CoinMetricsClient
client = CoinMetricsClient("", host="127.0.0.1", port=int(sys.argv[1]), schema="http")
for ask, status in (
    (lambda: client.get_list_of_sub_accounts_v2("btc").to_list(), 404),
    (lambda: client.get_market_candles(markets="coinbase-btc-usd-spot").to_list(), 404),
    (lambda: client.reference_data_exchanges().to_list(), 404),
):
    try:
        raise SystemExit(f"answered with {ask()}")
    except HTTPError as error:
        assert error.response.status_code == status, error
        print(error.response.json()["error"]["message"])
"""


def test_the_official_client_raises_with_the_sentence(server: Server, clients: Path) -> None:
    command = [str(clients), "-c", CLIENT, str(server.port)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    told = done.stdout.splitlines()
    assert len(told) == 3
    assert "table spent_outputs" in told[0]
    assert "PriceUSD" in told[1]
    assert "/v4/reference-data/assets" in told[2]
