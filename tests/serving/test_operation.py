"""What those who run the server need: HEAD, /health, /ready, and pages of other origins."""

import os
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Thread

import duckdb
import pytest
import requests
from playwright.sync_api import Browser

from tests.http_server import serving
from tests.serving.copies import DAYS, day, make_copy
from tests.serving.servers import COMMAND, Server, make_key

SERIES = "/v4/timeseries/asset-metrics?assets=btc&metrics=BlkCnt"
GETS = [
    "/",
    "/docs",
    "/openapi.json",
    "/health",
    "/ready",
    "/static/main.js",
    "/docs/dbt/",
    "/page/catalogue",
    "/page/sql/blocks_metrics",
    SERIES,
    f"{SERIES}&format=csv",
    f"{SERIES}&format=json_stream",
    f"{SERIES}&page_size=10000",
    f"{SERIES}&page_size=0",
    "/v4/catalog-v2/asset-metrics",
    "/v4/catalog/metrics",
    "/v4/reference-data/assets",
    "/v4/blockchain-v2/btc/blocks",
    "/v4/nothing",
    "/graphql",
]
# What may differ: the time, and how a body travels.
MOVING = {"date", "transfer-encoding"}


@pytest.mark.parametrize("path", GETS)
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_head_is_get_without_its_body(server: Server, path: str, encoding: str) -> None:
    asked = {"accept-encoding": encoding}
    got = requests.get(server.url + path, headers=asked, timeout=30)
    head = requests.head(server.url + path, headers=asked, timeout=30)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert got.content
    assert {name: value for name, value in head.headers.items() if name.lower() not in MOVING} == {
        name: value for name, value in got.headers.items() if name.lower() not in MOVING
    }


def test_nothing_of_a_body_follows_head(server: Server) -> None:
    """A byte too much would be taken for the beginning of the next answer on the same connection."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    for _ in range(3):
        for path in ("/", f"{SERIES}&format=json_stream", SERIES, "/v4/nothing", "/static/main.js"):
            connection.request("HEAD", path)
            answer = connection.getresponse()
            assert answer.read() == b""
            connection.request("GET", "/health")
            assert connection.getresponse().read() == b'{"status":"alive"}'
    connection.close()


def test_health_and_ready(server: Server, home: Path) -> None:
    alive = server.get("/health")
    assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
    ready = server.get("/ready")
    assert (ready.status_code, ready.headers["cache-control"]) == (200, "no-store")
    found = ready.json()
    last = day(DAYS - 1)
    assert found["status"] == "ready"
    assert found["last_day"] == str(last)
    today = datetime.now(UTC).date()
    assert found["last_day_age_days"] in ((today - last).days, (today - last).days - 1)
    with duckdb.connect(home / "published" / "satledger.duckdb", read_only=True) as connection:
        (row,) = connection.execute("select published_at from publication").fetchall()
    changed = row[0].replace(tzinfo=UTC)
    assert found["published_at"] == changed.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert 0 <= (datetime.now(UTC) - changed).total_seconds() - found["published_age_seconds"] < 5
    # A copy of an earlier version does not tell of proofs.
    assert found["unproven_days"] == 0


def test_days_that_entered_unproven_are_told(tmp_path: Path) -> None:
    """By `/ready`, and by the page at its top; parts of the proof that a source cannot give are none of these."""
    copy = make_copy(tmp_path / "published" / "satledger.duckdb")
    with duckdb.connect(copy) as connection:
        connection.execute("create table unproven_days (day date, part varchar, reason varchar)")
        connection.execute(
            "insert into unproven_days values (date '2023-01-01', 'witness commitments', 'not told'), "
            "(date '2023-01-02', 'proof of work', 'nobody mined this chain')"
        )
    with Server(tmp_path) as running:
        assert running.get("/ready").json()["unproven_days"] == 0
        assert running.get("/page/catalogue").json()["note"] is None
    with duckdb.connect(copy) as connection:
        connection.execute(
            "insert into unproven_days values (date '2023-01-03', 'sizes', 'lacking'), "
            "(date '2023-01-03', 'transaction ids', 'lacking'), (date '2023-01-05', 'everything', 'off')"
        )
    with Server(tmp_path) as running:
        assert running.get("/ready").json()["unproven_days"] == 2
        assert running.get("/page/catalogue").json()["note"] == (
            "Blocks of 2 days (2023-01-03 to 2023-01-05) were not proven in whole: the table unproven_days says what "
            "and why."
        )


def test_neither_asks_for_a_key_nor_counts_for_one(tmp_path: Path) -> None:
    make_copy(tmp_path / "published" / "satledger.duckdb")
    with Server(tmp_path, "--keys") as guarded:
        assert [guarded.get("/health").status_code for _ in range(30)] == [200] * 30
        assert [guarded.get("/ready").status_code for _ in range(30)] == [200] * 30


def not_ready(server: Server) -> str:
    """The sentence of a server that is not ready, which must still answer."""
    answer = server.get("/ready")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/json")
    assert answer.json()["error"]["type"] == "not_ready"
    assert requests.head(f"{server.url}/ready", timeout=30).status_code == 503
    assert server.get("/health").status_code == 200
    assert server.get(SERIES).status_code == 200
    return answer.json()["error"]["message"]


def test_ready_says_why_it_is_not(tmp_path: Path) -> None:
    copy = make_copy(tmp_path / "published" / "satledger.duckdb")
    with Server(tmp_path) as running:
        assert running.get("/ready").status_code == 200
        copy.unlink()
        sentence = not_ready(running)
        assert sentence.startswith("The published copy is gone, and the server goes on with the copy of 20")
        assert str(tmp_path) not in sentence
        make_copy(copy)
        assert running.get("/ready").status_code == 200
        damaged = tmp_path / "damaged"
        damaged.write_bytes(b"no database at all" * 1_000)
        damaged.replace(copy)
        assert not_ready(running).startswith("The published copy cannot be read, and the server goes on")
        make_copy(copy)
        assert running.get("/ready").status_code == 200
        empty = make_copy(tmp_path / "empty.duckdb")
        with duckdb.connect(empty) as connection:
            connection.execute("update metrics_daily set value = null, value_text = null")
        empty.replace(copy)
        assert running.get("/ready").json()["error"]["message"].startswith("The published copy has no day with values")


def test_ready_tells_of_the_chain_and_not_of_other_assets(tmp_path: Path) -> None:
    copy = make_copy(tmp_path / "published" / "satledger.duckdb")
    later = day(DAYS) + timedelta(days=30)
    with duckdb.connect(copy) as connection:
        connection.execute("insert into metrics_daily values ('ltc', ?, 'BlkCnt', 1, '1')", [later])
    with Server(tmp_path) as running:
        assert running.get("/ready").json()["last_day"] == str(day(DAYS - 1))


PREFLIGHT = {"access-control-request-method": "GET", "access-control-request-headers": "authorization"}
OURS, OTHER = "https://charts.example.org", "https://else.example.org"


@pytest.fixture(scope="module")
def open_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("open")
    make_copy(folder / "published" / "satledger.duckdb")
    return folder


def test_other_origins_may_not_ask_by_default(server: Server) -> None:
    answer = requests.get(server.url + SERIES, headers={"origin": OURS}, timeout=30)
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]
    asked = requests.options(server.url + SERIES, headers={"origin": OURS, **PREFLIGHT}, timeout=30)
    assert "access-control-allow-origin" not in asked.headers


def test_origins_of_the_setting_may_ask(open_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SATLEDGER_CORS_ORIGINS", f"{OURS}, http://localhost:3000")
    key = make_key(open_home, "desk")
    with Server(open_home, "--keys") as running:
        for origin in (OURS, "http://localhost:3000"):
            before = requests.options(running.url + SERIES, headers={"origin": origin, **PREFLIGHT}, timeout=30)
            assert (before.status_code, before.headers["access-control-allow-origin"]) == (200, origin)
            assert "authorization" in before.headers["access-control-allow-headers"].lower()
            header = {"origin": origin, "authorization": f"Apikey {key}"}
            answer = requests.get(f"{running.url}{SERIES}&format=csv&page_size=1", headers=header, timeout=30)
            assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, origin)
            assert "x-next-page-url" in answer.headers["access-control-expose-headers"].lower()
            refused = requests.get(running.url + SERIES, headers={"origin": origin}, timeout=30)
            assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, origin)
        other = requests.get(f"{running.url}{SERIES}&api_key={key}", headers={"origin": OTHER}, timeout=30)
        assert (other.status_code, "access-control-allow-origin" in other.headers) == (200, False)


def test_an_origin_that_is_none_is_refused(open_home: Path) -> None:
    for wrong in ("example.org", "https://example.org/", "https://a.org,,https://b.org", "ftp://example.org", "null"):
        environment = {**os.environ, "SATLEDGER_HOME": str(open_home), "SATLEDGER_CORS_ORIGINS": wrong}
        command = [*COMMAND, "serve", "--port", "0"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 2
        assert "SATLEDGER_CORS_ORIGINS is not usable" in done.stderr
        assert "Traceback" not in done.stderr


class _Blank(BaseHTTPRequestHandler):
    """An empty page of another origin."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>elsewhere</title>")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """The origin of another web server."""
    with serving(_Blank) as port:
        yield f"http://127.0.0.1:{port}"


def test_a_page_of_another_origin_in_a_browser(browser: Browser, open_home: Path, elsewhere: str) -> None:
    asking = "address => fetch(address, {headers: {authorization: 'Apikey x'}}).then(a => a.status, e => String(e))"
    opened = browser.new_page()
    opened.goto(elsewhere)
    with Server(open_home, "--cors-origins", elsewhere) as running:
        assert opened.evaluate(asking, running.url + SERIES) == 200
    with Server(open_home, "--cors-origins", OURS) as running:
        assert "TypeError" in opened.evaluate(asking, running.url + SERIES)
    opened.close()


def test_health_answers_while_the_data_is_asked_for(server: Server) -> None:
    answers: list[int] = []
    asking = [
        Thread(target=lambda: answers.append(server.get(f"{SERIES}&format=json_stream").status_code)) for _ in range(20)
    ]
    for thread in asking:
        thread.start()
    begun = time.monotonic()
    assert server.get("/health").status_code == 200
    assert time.monotonic() - begun < 10
    for thread in asking:
        thread.join()
    assert answers == [200] * 20
