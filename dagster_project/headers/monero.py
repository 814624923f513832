"""Headers of Monero, through monerod's get_block_headers_range."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
from requests.auth import HTTPDigestAuth

from dagster_project.headers.model import FIRST_HEIGHT, Asset, Header
from dagster_project.headers.rpc import post, results, with_retries

# A restricted node gives at most 1,000 headers at once.
BATCH = 500


class MoneroHeaders:
    """A node that speaks monerod's JSON-RPC. Its block times are not in order."""

    def __init__(self, asset: Asset, url: str) -> None:
        self.asset = asset
        parts = urlsplit(url)
        self._url = parts._replace(netloc=parts.netloc.rpartition("@")[2], path="/json_rpc").geturl()
        self._session = requests.Session()
        self._auth = HTTPDigestAuth(unquote(parts.username), unquote(parts.password or "")) if parts.username else None

    def tip(self) -> int:
        """Return the height of the latest block."""
        return self._call("get_block_count", {})["count"] - 1

    def day_time(self, height: int) -> int:
        """Return the time that decides a block's day: its header's."""
        return self._raw(height, height)[0]["timestamp"]

    def hash(self, height: int) -> str:
        """Return the hash of a block of the main chain."""
        return self._raw(height, height)[0]["hash"]

    def headers(self, first: int, last: int) -> Iterator[Header]:
        """Yield the headers of a range of heights, both ends included."""
        previous_time = self.day_time(first - 1) if first > FIRST_HEIGHT else None
        for start in range(first, last + 1, BATCH):
            for raw in self._raw(start, min(start + BATCH - 1, last)):
                # The plain field holds the lower 64 bits alone.
                hashes = int(raw["wide_difficulty"], 16) if raw.get("wide_difficulty") else raw["difficulty"]
                yield Header(
                    raw["height"], raw["hash"], raw["prev_hash"], raw["timestamp"], previous_time, None, None,
                    float(hashes), hashes, raw["reward"],
                )  # fmt: skip
                previous_time = raw["timestamp"]

    def _raw(self, first: int, last: int) -> list[dict[str, Any]]:
        return self._call("get_block_headers_range", {"start_height": first, "end_height": last})["headers"]

    def _call(self, method: str, parameters: dict[str, int]) -> dict[str, Any]:
        call = {"jsonrpc": "2.0", "id": 0, "method": method, "params": parameters}
        return with_retries(
            lambda: results([post(self._session, self._url, call, self._auth)], 1)[0], self.asset.id, self._url
        )
