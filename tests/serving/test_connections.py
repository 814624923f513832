"""Clients that send half a request, read nothing, hang up or ask under another name: real sockets."""

import json
import resource
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
import requests
import uvicorn

from serving.app import create_app
from serving.connections import Counts, Limits, bounded
from serving.published import Published
from tests.serving.copies import make_copy
from tests.serving.servers import Server, make_key

SERIES = "/v4/timeseries/asset-metrics?assets=btc&metrics=BlkCnt"
SHORT = Limits(connections=20, head_seconds=1, body_seconds=1, reader_seconds=1, head_bytes=20_000)
POST = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"


@contextmanager
def short_server(home: Path) -> Iterator[tuple[int, Counts]]:
    """A server in this process whose limits are short, its port and its counts."""
    counts = Counts()
    application = create_app(Published(home / "published" / "satledger.duckdb"))
    config = uvicorn.Config(application, http=bounded(SHORT, counts), log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield listener.getsockname()[1], counts
        finally:
            server.should_exit = True
            thread.join(timeout=20)


@pytest.fixture(scope="module")
def short(home: Path) -> Iterator[tuple[int, Counts]]:
    with short_server(home) as running:
        yield running


def opened(port: int, sent: bytes = b"") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    connection.sendall(sent)
    return connection


def all_of(connection: socket.socket) -> bytes:
    """What comes until the other side closes."""
    parts: list[bytes] = []
    while part := connection.recv(65_536):
        parts.append(part)
    return b"".join(parts)


def status_of(answer: bytes) -> int:
    return int(answer.split()[1])


@pytest.mark.parametrize("sent", [b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Half: ", POST], ids=["head", "body"])
def test_half_a_request_is_ended(short: tuple[int, Counts], sent: bytes) -> None:
    port, counts = short
    before, late = time.monotonic(), counts.late
    with opened(port, sent) as connection:
        answer = all_of(connection)
    assert 0.9 < time.monotonic() - before < 6
    assert status_of(answer) == 408
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["type"] == "request_timeout"
    assert counts.late == late + 1


def test_a_request_that_trickles_is_ended_too(short: tuple[int, Counts]) -> None:
    """After an answer as well, and however often something comes."""
    port, _ = short
    with opened(port, b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n") as connection:
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
        before = time.monotonic()
        with pytest.raises(OSError):
            for _ in range(100):
                connection.sendall(b"G")
                time.sleep(0.1)
        assert time.monotonic() - before < 6


def test_nothing_at_all_is_ended_without_a_word(short: tuple[int, Counts]) -> None:
    port, _ = short
    with opened(port) as connection:
        assert all_of(connection) == b""


def test_endless_headers_are_ended(short: tuple[int, Counts]) -> None:
    port, _ = short
    with opened(port, b"GET /health HTTP/1.1\r\n") as connection:
        connection.sendall(b"".join(b"X-%d: %s\r\n" % (number, b"y" * 100) for number in range(300)))
        assert status_of(all_of(connection)) == 431


def test_a_client_that_does_not_read_is_ended(home: Path, tmp_path: Path) -> None:
    """More than the buffers of both sides hold has to be waiting."""
    with short_server(home) as (port, counts), socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.connect(("127.0.0.1", port))
        asked = "/v4/catalog-v2/asset-metrics?page_size=10000"
        line = f"GET {asked} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        connection.sendall(line * 100)
        deadline = time.monotonic() + 20
        while not counts.late and time.monotonic() < deadline:
            time.sleep(0.1)
        assert counts.late == 1


def test_a_busy_connection_is_not_ended(short: tuple[int, Counts]) -> None:
    """Requests one after the other for longer than each may take."""
    port, counts = short
    late = counts.late
    with requests.Session() as session:
        until = time.monotonic() + 3
        while time.monotonic() < until:
            assert session.get(f"http://127.0.0.1:{port}{SERIES}", timeout=20).status_code == 200
            time.sleep(0.2)
    assert counts.late == late


def test_half_sent_requests_keep_nobody_out(home: Path) -> None:
    with short_server(home) as (port, counts), ExitStack() as stack:
        for _ in range(3 * SHORT.connections):
            stack.enter_context(opened(port, b"GET /health HT"))
            assert requests.get(f"http://127.0.0.1:{port}/health", timeout=20).status_code == 200
            assert counts.open <= SHORT.connections
        assert counts.displaced >= 2 * SHORT.connections
        assert counts.refused == 0


def test_half_sent_requests_at_the_size_that_locked_everyone_out(home: Path) -> None:
    """More than the files that the process was allowed to open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4_096)), hard))
    with Server(home) as server, ExitStack() as stack:
        for _ in range(1_100):
            stack.enter_context(opened(server.port, b"POST /graphql HTTP/1.1\r\nHost: localhost\r\n"))
        assert server.get(SERIES.partition("?")[0], assets="btc", metrics="BlkCnt").status_code == 200
        assert server.log.count("\n") == 1


def test_clients_that_hang_up_leave_no_trace(home: Path) -> None:
    with Server(home) as server:
        before = server.log
        for number in range(200):
            stream = f"GET {SERIES}&format=json_stream HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
            kinds = (POST, b"GET /hea", stream, stream * 5, b"no HTTP at all\r\n\r\n", b"\x16\x03\x01\x02")
            with opened(server.port, kinds[number % len(kinds)]) as connection:
                if number % 2:
                    # Closed with a reset, not in order.
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        assert server.get("/health").status_code == 200
        time.sleep(0.5)
        assert server.log == before


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("127.0.0.1:80", 200),
        ("[::1]:80", 200),
        ("LOCALHOST", 200),
        ("evil.example", 400),
        ("", 400),
    ],
)
def test_other_names_are_refused_on_loopback(server: Server, host: str, status: int) -> None:
    for path in (SERIES, "/", "/page/catalogue"):
        answer = requests.get(server.url + path, headers={"host": host}, timeout=20)
        assert answer.status_code == status, answer.text
        if status == 400:
            assert "SATLEDGER_ALLOWED_HOSTS" in answer.json()["error"]["message"]
    assert requests.get(f"{server.url}/ready", headers={"host": host}, timeout=20).status_code == 200
    if status == 200:
        page = requests.get(f"{server.url}{SERIES}&page_size=1", headers={"host": host}, timeout=20).json()
        assert page["next_page_url"].startswith(f"http://{host}/v4/")


def test_names_of_the_setting_are_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SATLEDGER_ALLOWED_HOSTS", "charts.example.org, *.inside.example")
    make_copy(tmp_path / "published" / "satledger.duckdb")
    key = make_key(tmp_path, "desk")
    with Server(tmp_path, "--keys", "--max-connections", "50") as server:
        names = {"charts.example.org": 200, "a.inside.example:8000": 200, "inside.example": 400, "localhost": 400}
        for host, status in names.items():
            answer = requests.get(f"{server.url}{SERIES}&api_key={key}", headers={"host": host}, timeout=20)
            assert answer.status_code == status, host
