"""API keys: kept as hashes, checked on every request, limited in rate and in what they show."""

import json
import stat
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import requests

from dagster_project.errors import SatledgerError
from serving.hosts import is_loopback
from serving.keys import Caller, KeyFile, anonymous
from serving.rate_limits import RateLimits
from tests.serving.copies import make_copy
from tests.serving.servers import Server, make_key

PATH = "/v4/timeseries/asset-metrics"
GOOD = {"assets": "btc", "metrics": "BlkCnt"}


@pytest.fixture(scope="module")
def guarded_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("guarded")
    make_copy(folder / "published" / "satledger.duckdb")
    return folder


@pytest.fixture(scope="module")
def guarded(guarded_home: Path) -> Iterator[Server]:
    with Server(guarded_home, "--keys") as running:
        yield running


def test_a_key_is_needed(guarded: Server) -> None:
    missing = guarded.get(PATH, **GOOD)
    assert (missing.status_code, missing.json()["error"]["type"]) == (401, "unauthorized")
    wrong = guarded.get(PATH, **GOOD, api_key="wrong")
    assert (wrong.status_code, wrong.json()["error"]["type"]) == (401, "wrong_credentials")
    assert wrong.headers["content-type"] == "application/json"
    assert guarded.get("/").status_code == 200


def test_a_key_works_in_the_address_and_in_the_header_until_it_is_removed(guarded: Server, guarded_home: Path) -> None:
    key = make_key(guarded_home, "desk")
    file = guarded_home / "api_keys.json"
    assert key not in file.read_text(encoding="utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    answer = guarded.get(PATH, **GOOD, api_key=key, page_size=3)
    assert answer.status_code == 200
    assert (answer.headers["x-ratelimit-limit"], answer.headers["x-ratelimit-remaining"]) == ("6000", "5999")
    assert answer.headers["x-ratelimit-reset"].isdigit()
    assert requests.get(answer.json()["next_page_url"], timeout=30).status_code == 200
    assert guarded.graphql("{currentUser{__typename}}", key).json()["data"]["currentUser"]
    make_key(guarded_home, "desk", "--remove")
    assert guarded.get(PATH, **GOOD, api_key=key).status_code == 401
    assert key not in guarded.log


def test_the_rate_of_a_key_is_limited(guarded: Server, guarded_home: Path) -> None:
    key = make_key(guarded_home, "slow", "--requests", "2", "--seconds", "2")
    answers = [guarded.get(PATH, **GOOD, api_key=key) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    # A client takes a good answer that says 0 for a refusal.
    assert [answer.headers.get("x-ratelimit-remaining") for answer in answers] == ["1", None, "0"]
    assert answers[2].headers["content-type"] == "application/json"
    refused = guarded.graphql("{getAvailableMetrics}", key)
    assert refused.status_code == 429
    assert "Try again in" in refused.json()["errors"]["details"]
    assert "retry-after" not in refused.headers
    time.sleep(int(answers[2].headers["x-ratelimit-reset"]))
    assert guarded.get(PATH, **GOOD, api_key=key).status_code == 200


def test_a_key_may_be_kept_from_metrics(guarded: Server, guarded_home: Path) -> None:
    key = make_key(guarded_home, "narrow", "--metrics", "BlkC*, Nothing*", "--metrics", "TxCnt")
    asked = {"assets": "btc", "metrics": "BlkCnt,PriceUSD", "api_key": key}
    refused = guarded.get(PATH, **asked)
    assert (refused.status_code, refused.json()["error"]["type"]) == (403, "forbidden")
    assert "PriceUSD" in refused.json()["error"]["message"]
    assert "PriceUSD" not in guarded.rows(**asked, ignore_forbidden_errors="true")[0]
    listed = guarded.get("/v4/catalog-v2/asset-metrics", api_key=key, assets="btc").json()["data"][0]["metrics"]
    assert [entry["metric"] for entry in listed] == ["BlkCnt", "TxCnt"]
    assert guarded.get("/v4/catalog-v2/asset-metrics", api_key=key, metrics="PriceUSD").status_code == 403
    assert guarded.graphql("{getAvailableMetrics}", key).json()["data"]["getAvailableMetrics"] == ["BlkCnt", "TxCnt"]
    denied = guarded.graphql('{getMetric(metric: "PriceUSD"){metadata{metric}}}', key).json()
    assert "no access" in denied["errors"][0]["message"]


def test_without_a_key_graphql_shows_the_catalogue_but_no_value(guarded: Server) -> None:
    assert guarded.graphql("{getAvailableMetrics}").json()["data"]["getAvailableMetrics"]
    values = 'timeseriesDataJson(slug: "bitcoin", from: "2023-01-01", to: "2023-01-02")'
    for field in (values, values.replace("timeseriesDataJson", "aggregatedTimeseriesData")):
        answer = guarded.graphql(f'{{getMetric(metric: "BlkCnt"){{{field}}}}}').json()
        assert answer["errors"][0]["message"].startswith("Unauthorized.")
    price = '{historyPrice(slug: "bitcoin", from: "2023-01-01", to: "2023-03-01"){priceUsd}}'
    assert guarded.graphql(price).json()["errors"][0]["message"].startswith("Unauthorized.")
    bad = guarded.graphql("{getAvailableMetrics}", "wrong")
    assert (bad.status_code, set(bad.json()["errors"])) == (401, {"details"})


def test_a_broken_key_file_lets_nobody_in(guarded: Server, guarded_home: Path) -> None:
    file = guarded_home / "api_keys.json"
    before = file.read_bytes() if file.exists() else b'{"keys": []}'
    file.write_text("{", encoding="utf-8")
    answer = guarded.get(PATH, **GOOD, api_key="any")
    assert (answer.status_code, answer.json()["error"]["type"]) == (500, "internal_error")
    file.write_bytes(before)
    assert guarded.get(PATH, **GOOD, api_key="any").status_code == 401


def test_names_are_unique(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "keys.json")
    keys.add("a", 1, 1, ("*",), date(2024, 1, 1))
    with pytest.raises(SatledgerError, match="a key named a"):
        keys.add("a", 1, 1, ("*",), date(2024, 1, 1))
    with pytest.raises(SatledgerError, match="no key named b"):
        keys.remove("b")
    assert json.loads((tmp_path / "keys.json").read_text())["keys"][0]["made"] == "2024-01-01"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("example.org", False),
    ],
)
def test_keys_are_asked_for_wherever_others_can_listen(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_windows_of_time() -> None:
    now = 0.0
    limits = RateLimits(lambda: now)
    caller = Caller("a", "x", requests=2, seconds=10)
    taken = [limits.take(caller) for _ in range(3)]
    assert [(a.granted, a.remaining) for a in taken if a] == [(True, 1), (True, 0), (False, -1)]
    now = 9.5
    again = limits.take(caller)
    assert again is not None
    assert (again.granted, again.reset_seconds) == (False, 1)
    now = 10.0
    fresh = limits.take(caller)
    assert fresh is not None
    assert fresh.granted
    assert limits.take(anonymous("1.2.3.4")) is not None
    assert limits.take(Caller("free", "y")) is None
    assert sum(limits.days(caller).values()) == 5
