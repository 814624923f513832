"""Headers of Ethereum-like chains, through eth_getBlockByNumber."""

from collections.abc import Iterator
from typing import Any

import requests

from dagster_project.headers.model import FIRST_HEIGHT, Asset, Header
from dagster_project.headers.rpc import post, results, with_retries

BATCH = 100


class EthereumHeaders:
    """A node that speaks Ethereum's JSON-RPC. Its headers do not have the miner's reward."""

    def __init__(self, asset: Asset, url: str) -> None:
        self.asset = asset
        self._url = url
        self._session = requests.Session()

    def tip(self) -> int:
        """Return the height of the latest block."""
        return int(self._batch([("eth_blockNumber", [])])[0], 16)

    def day_time(self, height: int) -> int:
        """Return the time that decides a block's day: its header's, which rises from block to block."""
        return int(self._raw(height, height)[0]["timestamp"], 16)

    def hash(self, height: int) -> str:
        """Return the hash of a block of the main chain."""
        return self._raw(height, height)[0]["hash"]

    def headers(self, first: int, last: int) -> Iterator[Header]:
        """Yield the headers of a range of heights, both ends included."""
        previous_time = self.day_time(first - 1) if first > FIRST_HEIGHT else None
        for start in range(first, last + 1, BATCH):
            for raw in self._raw(start, min(start + BATCH - 1, last)):
                height, time, hashes = (int(raw[name], 16) for name in ("number", "timestamp", "difficulty"))
                yield Header(
                    height, raw["hash"], raw["parentHash"], time, previous_time, None, None, float(hashes), hashes, None
                )
                previous_time = time

    def _raw(self, first: int, last: int) -> list[dict[str, Any]]:
        return self._batch([("eth_getBlockByNumber", [hex(height), False]) for height in range(first, last + 1)])

    def _batch(self, calls: list[tuple[str, list[Any]]]) -> list[Any]:
        batch = [
            {"jsonrpc": "2.0", "id": number, "method": method, "params": parameters}
            for number, (method, parameters) in enumerate(calls)
        ]
        return with_retries(
            lambda: results(post(self._session, self._url, batch), len(batch)), self.asset.id, self._url
        )
