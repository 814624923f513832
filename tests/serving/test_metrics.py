"""`/metrics`, as Prometheus reads it."""

from datetime import UTC, datetime
from pathlib import Path

import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.serving.copies import DAYS, day, make_copy
from tests.serving.servers import Server, make_key

SERIES = "/v4/timeseries/asset-metrics"
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def samples(server: Server) -> Samples:
    answer = server.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def value(found: Samples, name: str, **labels: str) -> float:
    return found.get((name, frozenset(labels.items())), 0)


def test_what_is_measured(tmp_path: Path) -> None:
    copy = make_copy(tmp_path / "published" / "satledger.duckdb")
    with Server(tmp_path) as server:
        answer = server.get(SERIES, assets="btc", metrics="BlkCnt")
        for _ in range(2):
            assert server.get(SERIES, assets="nothing", metrics="BlkCnt").status_code == 400
        for path in ("/v4/blockchain-v2/btc/accounts/FEES/balance-updates", "/v4/no/such", "/wp-login.php"):
            server.get(path)
        requests.request("BREW", server.url + SERIES, timeout=20)
        found = samples(server)
        assert value(found, "satledger_requests_total", route=SERIES, method="GET", status="200") == 1
        assert value(found, "satledger_requests_total", route=SERIES, method="GET", status="400") == 2
        ledger = "/v4/blockchain-v2/{asset}/accounts/{account}/balance-updates"
        assert value(found, "satledger_requests_total", route=ledger, method="GET", status="200") == 1
        assert value(found, "satledger_requests_total", route="none", method="GET", status="404") == 2
        assert value(found, "satledger_request_seconds_count", route=SERIES) >= 3
        assert value(found, "satledger_answer_bytes_total", route=SERIES) >= len(answer.content) // 20
        assert value(found, "satledger_ready") == 1
        last = datetime.combine(day(DAYS - 1), datetime.min.time(), UTC)
        assert value(found, "satledger_last_day_seconds") == last.timestamp()
        assert abs(value(found, "satledger_published_seconds") - datetime.now(UTC).timestamp()) < 600
        assert value(found, "satledger_connections") >= 1
        assert value(found, "process_resident_memory_bytes") > 10_000_000
        assert {dict(labels)["route"] for name, labels in found if name == "satledger_requests_total"} == {
            SERIES,
            ledger,
            "none",
        }
        copy.unlink()
        assert value(samples(server), "satledger_ready") == 0


def test_no_key_is_asked_for_and_none_is_told(tmp_path: Path) -> None:
    make_copy(tmp_path / "published" / "satledger.duckdb")
    key = make_key(tmp_path, "desk")
    with Server(tmp_path, "--keys") as server:
        assert server.get(SERIES, assets="btc", metrics="BlkCnt", api_key=key).status_code == 200
        assert server.get(SERIES, assets="btc", metrics="BlkCnt").status_code == 401
        answer = server.get("/metrics")
        assert answer.status_code == 200
        assert key not in answer.text
        refused = value(samples(server), "satledger_requests_total", route="none", method="GET", status="401")
        assert refused == 1
