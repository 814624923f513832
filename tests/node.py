"""A real Bitcoin node for tests: started on a free port in a folder of its own, fed with raw blocks."""

import gzip
import os
import shutil
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import requests
from filelock import FileLock

from tests.ports import free_port

PROGRAM_FOLDER = "SATLEDGER_TEST_NODE"  # the environment variable that tells where the node's program is
USER, PASSWORD = "alice", "secret-p@ss/word"
ENCODED_PASSWORD = "secret-p%40ss%2Fword"
START_SECONDS = 60
OPTIONS = (
    "-server=1",
    "-listen=0",
    "-connect=0",
    "-dnsseed=0",
    "-rpcworkqueue=64",
    "-fallbackfee=0.0001",
    "-dbcache=64",
)


def find_bitcoind(shared: Path, cache: Path) -> Path | None:
    """The node's program: in the folder SATLEDGER_TEST_NODE, on the PATH, or installed by the tool in ../shared."""
    given = os.environ.get(PROGRAM_FOLDER)
    if given:
        return Path(given) / "bitcoind"
    found = shutil.which("bitcoind")
    if found:
        return Path(found)
    tool = shared / "tools" / "get-bitcoin-node"
    if not tool.is_file():
        return None
    with FileLock(cache / "node.lock"):
        subprocess.run([tool, cache / "node"], check=True, capture_output=True, timeout=600)
    return cache / "node" / "bitcoind"


def read_raw_blocks(path: Path) -> list[str]:
    """Raw blocks in hexadecimal, one per line of a compressed file."""
    with gzip.open(path, "rt", encoding="ascii") as file:
        return file.read().split()


class Node:
    """A running node; ``chain`` is an option like ``regtest`` or ``main``."""

    def __init__(self, bitcoind: Path, folder: Path, chain: str, *options: str) -> None:
        self.folder = folder
        self._chain = chain
        self._cookie: Path | None = None
        self.port = free_port()
        self._command = [
            str(bitcoind),
            f"-chain={chain}",
            f"-datadir={folder}",
            f"-rpcport={self.port}",
            f"-rpcuser={USER}",
            f"-rpcpassword={PASSWORD}",
            *OPTIONS,
            *options,
        ]
        self._session = requests.Session()
        self._session.auth = (USER, PASSWORD)
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self.start()

    @property
    def url(self) -> str:
        """Address with user and password, as SATLEDGER_NODE_URL takes it."""
        return f"http://{USER}:{ENCODED_PASSWORD}@127.0.0.1:{self.port}"

    def use_cookie(self) -> None:
        """From the next start on, let the node make a cookie file instead of taking user and password."""
        self._command = [option for option in self._command if not option.startswith("-rpc") or "port" in option]
        self._cookie = self.folder / self._chain / ".cookie"

    def start(self) -> None:
        """Start the node and wait until it answers."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.rpc("getblockcount")
                return
            except (requests.ConnectionError, FileNotFoundError, RuntimeError):
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def rpc(self, method: str, *parameters: object) -> Any:  # noqa: ANN401 (JSON)
        """Result of an RPC."""
        return self.rpcs([(method, *parameters)])[0]

    def rpcs(self, calls: Iterable[tuple[Any, ...]]) -> list[Any]:
        """Results of several RPCs in one request."""
        body = [
            {"jsonrpc": "2.0", "id": place, "method": call[0], "params": list(call[1:])}
            for place, call in enumerate(calls)
        ]
        if self._cookie:
            user, _, password = self._cookie.read_text().partition(":")
            self._session.auth = (user, password)
        answers = self._session.post(f"http://127.0.0.1:{self.port}", json=body, timeout=60).json()
        for answer in answers if isinstance(answers, list) else [answers]:
            if answer.get("error"):
                raise RuntimeError(answer["error"])
        return [answer.get("result") for answer in answers]

    def feed(self, raw_blocks: list[str]) -> None:
        """Submit raw blocks, in order."""
        for start in range(0, len(raw_blocks), 50):
            refused = [r for r in self.rpcs(("submitblock", b) for b in raw_blocks[start : start + 50]) if r]
            assert not refused, refused

    def stop(self) -> None:
        """Stop the node and wait until it has ended."""
        if self._process and self._process.poll() is None:
            self.rpc("stop")
            self._process.wait(timeout=60)

    def kill(self) -> None:
        """End the node at once, as a crash would."""
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait(timeout=60)


def raw_blocks_of(node: Node) -> list[str]:
    """The raw blocks of a node's best chain but for block 0, in hexadecimal."""
    hashes = node.rpcs(("getblockhash", height) for height in range(1, node.rpc("getblockcount") + 1))
    return node.rpcs(("getblock", name, 0) for name in hashes)
