"""A stand-in for a Bitcoin node, for tests where there is none.

It keeps a tree of blocks and tells of them over HTTP as a node does. It believes every block that it is given: of the
rules of a node it has only those by which the best chain is chosen. ``test_standin_node.py`` compares its answers with
those of a real node.
"""

import base64
import json
import secrets
import socket
import time
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import RLock
from typing import Any

import msgspec

from dagster_project.settings import Chain
from tests.blocks.raw import HEADER_BYTES, Reader
from tests.chain.block_folder import KEY, masked, record
from tests.http_server import serving
from tests.node import PASSWORD, USER, Node
from tests.reference.parameters import parameters
from tests.standin_blocks import COIN, Json, Kept, block_json, genesis, header_json, mined
from tests.standin_coins import block_totals, scanned, unspent

_ENCODER = msgspec.json.Encoder(decimal_format="number")


class RefusedError(Exception):
    """A call that a node answers with an error; code and message."""


class StandinNode(Node):
    """A stand-in; used as a ``Node`` is.

    Args:
        folder: where its block files and its cookie lie.
        chain: the option of a node, like ``regtest`` or ``main``.
        options: of a node; it knows ``-rest=1`` and ``-blocksxor=0``.
    """

    def __init__(self, folder: Path, chain: str, *options: str) -> None:
        self.folder, self.port = folder, 0
        self._chain = chain
        self._name = Chain.MAINNET if chain == "main" else Chain(chain)
        self._parameters = parameters(self._name)
        self._own_folder = folder if chain == "main" else folder / chain
        self._rest = "-rest=1" in options
        self._key = bytes(len(KEY)) if "-blocksxor=0" in options else KEY
        self._login = f"{USER}:{PASSWORD}"
        self._has_cookie = False
        self._clock = 0
        self._lock = RLock()
        self._running = ExitStack()
        self._connections: set[socket.socket] = set()
        self._blocks: dict[str, Kept] = {}
        self._best: list[Kept] = []
        (self._own_folder / "blocks").mkdir(parents=True)
        (self._own_folder / "blocks" / "xor.dat").write_bytes(self._key)
        self._keep(genesis(self._name))
        self.start()

    def use_cookie(self) -> None:
        """From the next start on, make a cookie file instead of taking user and password."""
        self._has_cookie = True

    def start(self) -> None:
        """Answer on the same port as before, if there was one."""
        if self._has_cookie:
            self._login = f"__cookie__:{secrets.token_hex(32)}"
            (self._own_folder / ".cookie").write_text(self._login)
        self.port = self._running.enter_context(serving(_handler(self), self.port))

    def stop(self) -> None:
        """Stop answering."""
        self._running.close()
        for connection in list(self._connections):
            # Whoever asked may have closed it meanwhile.
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    kill = stop

    def rpcs(self, calls: Iterable[tuple[Any, ...]]) -> list[Any]:
        """Results of several RPCs."""
        answers = [self.answer({"id": 0, "method": call[0], "params": list(call[1:])}) for call in calls]
        for answer in answers:
            if answer["error"]:
                raise RuntimeError(answer["error"])
        return json.loads(_ENCODER.encode([answer["result"] for answer in answers]))

    def answer(self, call: Json) -> Json:
        """The answer to a call."""
        answer: Json = {"id": call["id"], "result": None, "error": None}
        known = {name.removeprefix("_rpc_"): getattr(self, name) for name in dir(self) if name.startswith("_rpc_")}
        try:
            if call["method"] not in known:
                raise RefusedError(-32601, "Method not found")
            with self._lock:
                answer["result"] = known[call["method"]](*call.get("params", []))
        except RefusedError as error:
            answer["error"] = dict(zip(("code", "message"), error.args, strict=True))
        return answer

    def _rpc_getnetworkinfo(self) -> Json:
        return {"subversion": "/Stand-in/"}

    def _rpc_getblockchaininfo(self) -> Json:
        tip = self._best[-1]
        return {
            "chain": self._chain,
            "blocks": tip.height,
            "headers": max(tip.height, *(block.height for block in self._blocks.values() if block.raw is None), 0),
            "bestblockhash": tip.name,
            "time": tip.time,
            "mediantime": tip.median_time,
            "pruned": False,
        }

    def _rpc_getblockcount(self) -> int:
        return self._best[-1].height

    def _rpc_getbestblockhash(self) -> str:
        return self._best[-1].name

    def _rpc_getblockhash(self, height: int) -> str:
        if not 0 <= height < len(self._best):
            raise RefusedError(-8, "Block height out of range")
        return self._best[height].name

    def _rpc_getblockheader(self, name: str) -> Json:
        block = self._known(name)
        return header_json(block, self._best[-1], self._after(block))

    def _rpc_getblock(self, name: str, verbosity: int = 1) -> Json | str:
        block = self._known(name)
        if block.raw is None:
            raise RefusedError(-1, "Block not found on disk")
        if verbosity == 0:
            return block.raw.hex()
        return block_json(block, self._rpc_getblockheader(name), verbosity, self._parameters)

    def _rpc_getblockstats(self, height: int, names: list[str]) -> Json:
        totals = block_totals(self._best[: height + 1], self._parameters)
        return {name: totals[name] for name in names}

    def _rpc_gettxoutsetinfo(self, kind: str = "none", height: int | None = None) -> Json:
        if height is not None:
            raise RefusedError(-8, "Querying specific block heights requires coinstatsindex")
        total = sum(value for value, _, _ in unspent(self._best).values())
        return {"height": self._best[-1].height, "total_amount": total / COIN}

    def _rpc_scantxoutset(self, action: str, wanted: list[str]) -> Json:
        addresses = [each.removeprefix("addr(").removesuffix(")") for each in wanted]
        return scanned(self._best, addresses, self._parameters)

    def _rpc_submitblock(self, digits: str) -> str | None:
        raw = bytes.fromhex(digits)
        block = self._from_header(raw[:HEADER_BYTES])
        if block.raw:
            return "duplicate-invalid" if block.invalid else "duplicate"
        block.raw = raw
        self._keep(block)
        return None if self._best[-1] is block else "inconclusive"

    def _rpc_submitheader(self, digits: str) -> None:
        block = self._from_header(bytes.fromhex(digits))
        self._blocks[block.name] = block

    def _rpc_setmocktime(self, seconds: int) -> None:
        self._clock = seconds

    def _rpc_generatetodescriptor(self, count: int, descriptor: str) -> list[str]:
        return [self._rpc_generateblock(descriptor, [])["hash"] for _ in range(count)]

    def _rpc_generateblock(self, descriptor: str, transactions: list[str]) -> Json:
        tip = self._best[-1]
        script = bytes.fromhex(descriptor.removeprefix("raw(").removesuffix(")"))
        payments = [Reader(bytes.fromhex(digits)).transaction(is_coinbase=False) for digits in transactions]
        moment = max(tip.median_time + 1, self._clock or int(time.time()))
        block = mined(tip, moment, script, payments, self._parameters.subsidy(tip.height + 1))
        self._keep(block)
        return {"hash": block.name}

    def _rpc_invalidateblock(self, name: str) -> None:
        self._known(name).invalid = True
        self._choose()

    def _rpc_reconsiderblock(self, name: str) -> None:
        block: Kept | None = self._known(name)
        while block:
            block.invalid = False
            block = block.parent
        self._choose()

    def _known(self, name: str) -> Kept:
        if name not in self._blocks:
            raise RefusedError(-5, "Block not found")
        return self._blocks[name]

    def _after(self, block: Kept) -> Kept | None:
        """The block that follows on the best chain, where the block is on it."""
        on_best = block.height + 1 < len(self._best) and self._best[block.height] is block
        return self._best[block.height + 1] if on_best else None

    def _from_header(self, header: bytes) -> Kept:
        parent = self._blocks.get(header[4:36][::-1].hex())
        if parent is None:
            raise RefusedError(-25, "prev-blk-not-found")
        block = Kept(header, parent)
        return self._blocks.get(block.name, block)

    def _keep(self, block: Kept) -> None:
        """Add a block to the tree and to the block files."""
        path = self._own_folder / "blocks" / "blk00000.dat"
        with path.open("ab") as file:
            file.write(masked(record(block.raw or b"", self._name), self._key, file.tell()))
        self._blocks[block.name] = block
        if not self._best or block.parent is self._best[-1]:
            self._best.append(block)
        elif block.work > self._best[-1].work:
            self._choose()

    def _choose(self) -> None:
        """Make the valid block with the most work the last one of the best chain; of several, the first one seen."""
        usable: set[Kept | None] = {None}
        for block in sorted(self._blocks.values(), key=lambda block: block.height):
            if block.raw and not block.invalid and block.parent in usable:
                usable.add(block)
        tip = max((block for block in self._blocks.values() if block in usable), key=lambda block: block.work)
        chain = [tip]
        while chain[-1].parent:
            chain.append(chain[-1].parent)
        self._best = chain[::-1]


def _handler(node: StandinNode) -> type[BaseHTTPRequestHandler]:
    """What answers requests."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            node._connections.add(self.connection)
            try:
                super().handle()
            except ConnectionError:
                self.close_connection = True
            finally:
                node._connections.discard(self.connection)

        def do_POST(self) -> None:
            calls = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            wanted = "Basic " + base64.b64encode(node._login.encode()).decode()
            if self.headers.get("Authorization") != wanted:
                self.send(401, b"")
                return
            told = [node.answer(call) for call in calls] if isinstance(calls, list) else node.answer(calls)
            self.send(200, _ENCODER.encode(told))

        def do_GET(self) -> None:
            # REST: /rest/block/HASH.bin
            block = node._blocks.get(self.path.rpartition("/")[2].removesuffix(".bin"))
            found = block.raw if node._rest and block else None
            self.send(200 if found else 404, found or b"")

        def send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler
