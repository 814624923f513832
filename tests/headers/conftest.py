"""JSON-RPC servers on real sockets: small ones of our own, and a regtest node."""

import base64
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.conftest import node_in
from tests.http_server import serving

from .rpc_servers import FakeNode


@pytest.fixture
def fake_node() -> Iterator[FakeNode]:
    node = FakeNode()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            wanted = "Basic " + base64.b64encode(node.login.encode()).decode()
            if node.login and self.headers.get("Authorization") != wanted:
                status, answer = 401, b""
            elif node.faults:
                status, answer = node.faults.pop(0), b""
            else:
                result = [node.answer(call) for call in body] if isinstance(body, list) else node.answer(body)
                status, answer = 200, json.dumps(result).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    with serving(Handler) as node.port:
        yield node


@pytest.fixture(scope="module")
def regtest_url(node_program: Path | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a fresh regtest node, or where there is none a stand-in, and give its address."""
    node = node_in(node_program, tmp_path_factory.mktemp("headers-node"), "regtest")
    yield node.url
    node.kill()
