"""Prices from an HTTP service of Coin Metrics' shape, against a small server of our own."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from dagster_project.errors import SatledgerError
from dagster_project.prices.coin_metrics import fetch_prices
from dagster_project.prices.sources import chosen_prices
from dagster_project.settings import Chain, Settings
from tests.http_server import serving

Answer = tuple[int, dict[str, str], str]
KEY = "very-secret-key"


@dataclass
class Service:
    """Answers in the order given; keeps what it was asked."""

    url: str = ""
    answers: list[Answer] = field(default_factory=list)
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


@pytest.fixture
def service() -> Iterator[Service]:
    state = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            state.paths.append(parts.path)
            state.asked.append(parse_qs(parts.query))
            status, headers, body = state.answers.pop(0)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    with serving(Handler) as port:
        state.url = f"http://127.0.0.1:{port}"
        yield state


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def fetch(service: Service, waits: list[float]) -> Callable[[], list[tuple[str, str, str]]]:
    def run() -> list[tuple[str, str, str]]:
        prices = fetch_prices(f"{service.url}/", {"btc", "ltc"}, KEY, waits.append)
        return [(price.asset, price.day.isoformat(), price.text) for price in prices]

    return run


def page(*rows: tuple[str, str, object], token: str | None = None) -> Answer:
    data = [{"asset": asset, "time": f"{day}T00:00:00.000000000Z", "PriceUSD": price} for asset, day, price in rows]
    return 200, {}, json.dumps({"data": data} | ({"next_page_token": token} if token else {}))


def test_pages_are_followed_and_gaps_left_out(service: Service, fetch: Callable[[], object]) -> None:
    service.answers = [
        page(("btc", "2020-01-01", "7200.10"), ("btc", "2020-01-02", None), token="next"),
        page(("ltc", "2020-01-01", 41.5), ("doge", "2020-01-01", "1")),
    ]
    assert fetch() == [("btc", "2020-01-01", "7200.1"), ("ltc", "2020-01-01", "41.5")]
    assert set(service.paths) == {"/v4/timeseries/asset-metrics"}
    first, second = service.asked
    assert (first["assets"], first["metrics"], first["frequency"], first["page_size"]) == (
        ["btc,ltc"],
        ["PriceUSD"],
        ["1d"],
        ["10000"],
    )
    assert "next_page_token" not in first
    assert second["next_page_token"] == ["next"]
    assert {*first["api_key"], *second["api_key"]} == {KEY}


def test_overload_and_faults_are_tried_again(service: Service, fetch: Callable[[], object], waits: list[float]) -> None:
    service.answers = [
        (429, {"x-ratelimit-reset": "7"}, "{}"),
        (503, {}, ""),
        (429, {"x-ratelimit-reset": "100000"}, "{}"),
        page(("btc", "2020-01-01", "1")),
    ]
    assert fetch() == [("btc", "2020-01-01", "1")]
    assert waits == [7, 2, 60]


def test_attempts_are_bounded(service: Service, fetch: Callable[[], object], waits: list[float]) -> None:
    service.answers = [(500, {}, "")] * 6
    with pytest.raises(SatledgerError, match="answered with status 500, 6 times in a row") as failed:
        fetch()
    assert len(waits) == 5
    assert KEY not in str(failed.value)


def test_an_unreachable_service_is_named_without_the_key(waits: list[float]) -> None:
    with pytest.raises(SatledgerError) as failed:
        fetch_prices("http://user:pass@127.0.0.1:9", {"btc"}, KEY, waits.append)
    assert str(failed.value) == (
        "The price service http://127.0.0.1:9 could not be reached, 3 times in a row: check SATLEDGER_PRICES and the "
        "network."
    )
    assert waits == [1, 2]
    assert failed.value.__cause__ is None
    for secret in (KEY, "pass@"):
        assert secret not in str(failed.value)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((401, {}, "{}"), "refused the request with status 401"),
        ((200, {}, "<html>"), "sent no JSON with data"),
        ((200, {}, '{"error": {}}'), "sent no JSON with data"),
        ((200, {}, '{"data": [1]}'), "a row that is none"),
        (page(("btc", "2020-01-01", "junk")), "bad row for btc, 2020-01-01"),
        (page(("btc", "yesterday", "1")), "bad row for btc, None"),
    ],
)
def test_bad_answers_are_refused(service: Service, fetch: Callable[[], object], answer: Answer, reason: str) -> None:
    service.answers = [answer]
    with pytest.raises(SatledgerError, match=reason):
        fetch()


def test_a_service_that_pages_in_circles_ends(
    service: Service, fetch: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dagster_project.prices.coin_metrics.MOST_PAGES", 3)
    service.answers = [page(("btc", "2020-01-01", "1"), token="again")] * 3
    with pytest.raises(SatledgerError, match="3 pages and no end"):
        fetch()


def test_what_the_service_gave_is_counted_by_asset(service: Service, tmp_path: Path) -> None:
    service.answers = [
        page(
            ("btc", "2020-01-01", "1"),
            ("btc", "2020-01-02", None),
            ("btc", "2020-01-03", "3"),
            ("doge", "2020-01-01", 1),
        )
    ]
    address = service.url.replace("http://", "http://user:secret@")
    intake = chosen_prices(Settings(home=tmp_path, chain=Chain.MAINNET, prices=address), {"btc", "ltc"}).intake
    assert {name: (found.taken, found.left()) for name, found in intake.files.items()} == {
        "btc": (2, "1 row (no price)"),
        "doge": (0, "1 row (an asset that was not asked for)"),
        "ltc": (0, "the service has no price of it"),
    }
    assert intake.source == service.url


def test_a_service_that_has_no_price_is_refused(service: Service, tmp_path: Path) -> None:
    service.answers = [page(("btc", "2020-01-01", None))]
    with pytest.raises(SatledgerError) as refused:
        chosen_prices(Settings(home=tmp_path, chain=Chain.MAINNET, prices=service.url), {"btc", "ltc"})
    assert f"Nothing was taken of the prices at {service.url}" in str(refused.value)
    assert "ltc: the service has no price of it" in str(refused.value).splitlines()
