"""A short regtest chain with witnesses, made by a real node's wallet, and a proxy that changes what the node says."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from typing import Any

import msgspec
import requests

from tests.chain.recorded_node import RecordedNode
from tests.http_server import serving
from tests.node import PASSWORD, USER, Node

Call = dict[str, Any]
START = int(datetime(2024, 5, 1, 1, tzinfo=UTC).timestamp())
HOUR, DAY = 3_600, 86_400
SUBSIDY = 50


@dataclass(frozen=True)
class WitnessChain:
    """The chain.

    Attributes:
        node: it has the chain.
        before: the day before the one with payments.
        day: the day with payments.
        height: a block of that day with payments of several kinds.
    """

    node: Node | RecordedNode
    before: date
    day: date
    height: int


def make_witness_chain(node: Node) -> WitnessChain:
    """Mine some days: coinbases alone, then a day of payments, then what completes it."""
    node.rpc("setmocktime", START)
    node.rpc("createwallet", "payer")
    miner = node.rpc("getnewaddress")
    node.rpc("generatetoaddress", 104, miner)

    def mine(seconds: int, blocks: int = 1) -> None:
        node.rpc("setmocktime", seconds)
        node.rpc("generatetoaddress", blocks, miner)

    legacy, wrapped, taproot, witness = (
        node.rpc("getnewaddress", "", kind) for kind in ("legacy", "p2sh-segwit", "bech32m", "bech32")
    )
    # Coins of every kind, which the payments of the day then spend.
    node.rpc("sendmany", "", dict.fromkeys((legacy, wrapped, taproot, witness), 1))
    mine(START + HOUR, 12)
    for hour in range(3):
        mine(START + DAY + hour * HOUR, 6)
    old = [coin for coin in node.rpc("listunspent", 100, 9_999, [miner]) if coin["amount"] == SUBSIDY]
    payments: list[str] = []
    for amount, address in enumerate((legacy, wrapped, taproot, witness), 1):
        (coin,) = node.rpc("listunspent", 1, 9_999, [address])
        coins = [{"txid": each["txid"], "vout": each["vout"]} for each in (coin, old[amount])]
        paid = {witness: f"1.{amount}", legacy: f"0.0{amount}", taproot: "0.00100001", wrapped: f"49.{amount}"}
        raw = node.rpc("createrawtransaction", coins, paid, 7)
        payments.append(node.rpc("signrawtransactionwithwallet", raw)["hex"])
    node.rpc("setmocktime", START + DAY + 4 * HOUR)
    # In this order, which a miner's choice would not be.
    node.rpc("generateblock", miner, payments)
    height = node.rpc("getblockcount")
    mine(START + DAY + 5 * HOUR, 6)
    for number in range(14):
        mine(START + 2 * DAY + number * HOUR)
    day = datetime.fromtimestamp(START + DAY, UTC).date()
    return WitnessChain(node, datetime.fromtimestamp(START, UTC).date(), day, height)


DECODER = msgspec.json.Decoder(float_hook=Decimal)
ENCODER = msgspec.json.Encoder(decimal_format="number")


def exact_rpcs(node: Node | RecordedNode, commands: list[list[Any]]) -> list[Any]:
    """Results of several RPCs, with amounts as they are written instead of doubles."""
    calls = [{"id": place, "method": command[0], "params": command[1:]} for place, command in enumerate(commands)]
    answers = requests.post(f"http://127.0.0.1:{node.port}", json=calls, auth=(USER, PASSWORD), timeout=60)
    return [answer["result"] for answer in DECODER.decode(answers.content)]


class Proxy:
    """Stands between a node and who asks it; by default it changes nothing.

    Attributes:
        url: its address, with user and password.
        change: changes a result, given the call; what it returns is answered.
        reply: writes the whole answer to some calls by itself, given the handler and the node's answers; None where
            it leaves that to the proxy.
        asked: all calls that came.
    """

    def __init__(self, node: Node | RecordedNode, port: int) -> None:
        self.node = node
        self.url = f"http://{USER}:{PASSWORD.replace('@', '%40').replace('/', '%2F')}@127.0.0.1:{port}"
        self.honest()

    def honest(self) -> None:
        """Change nothing any more."""
        self.change: Callable[[Call, Any], Any] = lambda call, result: result
        self.reply: Callable[[BaseHTTPRequestHandler, list[Call], list[Any]], bytes | None] = lambda *_: None
        self.asked: list[Call] = []


@contextmanager
def proxy_of(node: Node | RecordedNode) -> Iterator[Proxy]:
    """A proxy before a node."""
    sessions = threading.local()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            calls = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            proxy.asked += calls
            if not hasattr(sessions, "session"):
                sessions.session = requests.Session()
                sessions.session.auth = (USER, PASSWORD)
            told = sessions.session.post(f"http://127.0.0.1:{node.port}", json=calls, timeout=60)
            answers = DECODER.decode(told.content)
            for call, answer in zip(calls, answers, strict=True):
                if not answer.get("error"):
                    answer["result"] = proxy.change(call, answer["result"])
            body = proxy.reply(self, calls, answers)
            if body is None:
                body = ENCODER.encode(answers)
            if body:
                send(self, body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

        def handle(self) -> None:
            # Whoever waits for an answer may have had enough.
            try:
                super().handle()
            except ConnectionError:
                self.close_connection = True

    with serving(Handler) as port:
        proxy = Proxy(node, port)
        yield proxy


def send(handler: BaseHTTPRequestHandler, body: bytes, seconds_a_byte: float = 0) -> None:
    """Send an answer, perhaps one byte at a time."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    if not seconds_a_byte:
        handler.wfile.write(body)
        return
    for byte in body:
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        time.sleep(seconds_a_byte)
