"""What a real node said of a chain, told again where there is none.

The answers lie in ``witness_chain.json.gz``: each question that the tests ask, as the node answered it. With a node,
they are recorded anew by ``SATLEDGER_RECORD_ANSWERS=1 uv run pytest --numprocesses 0 tests/chain/test_lies.py
tests/chain/test_ill_behaved_node.py tests/chain/test_rpc_totals.py``.
"""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import msgspec
import requests

from tests.http_server import serving
from tests.node import PASSWORD, USER, Node

ANSWERS = Path(__file__).with_name("witness_chain.json.gz")
UNKNOWN = {"code": -5, "message": "Block not found"}

# Numbers stay the text that the node wrote: amounts are no doubles.
_DECODER = msgspec.json.Decoder(dict[str, msgspec.Raw] | list[dict[str, msgspec.Raw]])


class RecordedNode:
    """Answers questions that were asked before.

    Attributes:
        url: its address, with user and password.
        port: that it listens on.
        answers: by question, as JSON, the node's answer without its id.
    """

    def __init__(self, answers: dict[str, dict[str, msgspec.Raw]], node: Node | None, port: int) -> None:
        self.answers, self.port, self._node = answers, port, node
        self.url = f"http://{USER}:{PASSWORD.replace('@', '%40').replace('/', '%2F')}@127.0.0.1:{port}"

    def rpc(self, method: str, *parameters: object) -> Any:  # noqa: ANN401 (JSON)
        """Result of an RPC."""
        return json.loads(bytes(self.answer(method, list(parameters))["result"]))

    def answer(self, method: str, parameters: list[Any]) -> dict[str, msgspec.Raw]:
        """What the node answered to a question; where it can be asked, it is asked what is new."""
        question = json.dumps([method, parameters])
        if question not in self.answers and self._node:
            call = {"id": 0, "method": method, "params": parameters}
            told = requests.post(f"http://127.0.0.1:{self._node.port}", json=call, auth=(USER, PASSWORD), timeout=60)
            answer = _DECODER.decode(told.content)
            assert isinstance(answer, dict)
            self.answers[question] = {name: answer[name] for name in ("result", "error")}
        unknown = {"result": msgspec.Raw(b"null"), "error": msgspec.Raw(json.dumps(UNKNOWN).encode())}
        return self.answers.get(question, unknown)


@contextmanager
def recorded(answers: dict[str, dict[str, msgspec.Raw]], node: Node | None = None) -> Iterator[RecordedNode]:
    """Answer on a port of this machine; what is asked for the first time is asked of the node, if there is one."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            calls = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            single = isinstance(calls, dict)
            told = [
                {"id": call["id"], **made.answer(call["method"], call.get("params", []))}
                for call in ([calls] if single else calls)
            ]
            self.send(msgspec.json.encode(told[0] if single else told), "application/json")

        def do_GET(self) -> None:
            # REST: /rest/block/HASH.bin
            name = self.path.rpartition("/")[2].removesuffix(".bin")
            self.send(bytes.fromhex(made.rpc("getblock", name, 0)), "application/octet-stream")

        def send(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with serving(Handler) as port:
        made = RecordedNode(answers, node, port)
        yield made


def read_record(path: Path = ANSWERS) -> tuple[dict[str, Any], dict[str, dict[str, msgspec.Raw]]]:
    """What is known of the chain, and the answers."""
    kept = msgspec.json.decode(gzip.decompress(path.read_bytes()), type=dict[str, msgspec.Raw])
    chain = json.loads(bytes(kept["chain"]))
    chain |= {name: date.fromisoformat(chain[name]) for name in ("before", "day")}
    return chain, msgspec.json.decode(kept["answers"], type=dict[str, dict[str, msgspec.Raw]])


def write_record(chain: dict[str, Any], answers: dict[str, dict[str, msgspec.Raw]], path: Path = ANSWERS) -> None:
    """Keep them; the same ones give the same bytes."""
    kept = {"chain": {name: str(value) if isinstance(value, date) else value for name, value in chain.items()}}
    data = msgspec.json.encode({**kept, "answers": dict(sorted(answers.items()))})
    path.write_bytes(gzip.compress(data, 9, mtime=0))
