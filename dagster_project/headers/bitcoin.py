"""Headers of bitcoin-like chains, through bitcoin-etl's JSON-RPC client."""

from collections import deque
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import requests

from dagster_project.headers import proof_of_work
from dagster_project.headers.model import FIRST_HEIGHT, MEDIAN_PREDECESSORS, Asset, Header, median_of
from dagster_project.headers.rpc import RpcError, post, results, with_retries

BATCH = 50
SATOSHI = 10**8


class BitcoinHeaders:
    """A node that speaks Bitcoin Core's RPC.

    Only methods and fields that all forks have are used. The median time is computed here, because zcashd does not give
    it.
    """

    def __init__(self, asset: Asset, url: str) -> None:
        self.asset = asset
        self._url = url
        self._session = requests.Session()
        self._gives_transactions = True

    def tip(self) -> int:
        """Return the height of the latest block."""
        return self._batch([["getblockcount"]])[0]

    def day_time(self, height: int) -> int:
        """Return the time that decides a block's day: its median time."""
        return median_of([raw["time"] for raw in self._raw(max(0, height - MEDIAN_PREDECESSORS), height)])

    def hash(self, height: int) -> str:
        """Return the hash of a block of the main chain."""
        return self._batch([["getblockhash", height]])[0]

    def headers(self, first: int, last: int) -> Iterator[Header]:
        """Yield the headers of a range of heights, both ends included."""
        before = self._raw(max(0, first - MEDIAN_PREDECESSORS), first - 1)
        times = deque((raw["time"] for raw in before), maxlen=MEDIAN_PREDECESSORS + 1)
        for start in range(first, last + 1, BATCH):
            raws = self._raw(start, min(start + BATCH - 1, last))
            for raw, reward in zip(raws, self._rewards(raws), strict=True):
                previous_time = times[-1] if raw["height"] > FIRST_HEIGHT else None
                times.append(raw["time"])
                yield Header(
                    height=raw["height"],
                    hash=raw["hash"],
                    previous_hash=raw.get("previousblockhash"),
                    time=raw["time"],
                    previous_time=previous_time,
                    median_time=median_of(list(times)),
                    bits=raw["bits"],
                    difficulty=proof_of_work.difficulty(raw["bits"], self.asset.difficulty_one_bits),
                    work=proof_of_work.work(raw["bits"]),
                    reward=reward,
                )

    def _raw(self, first: int, last: int) -> list[dict[str, Any]]:
        if last < first:
            return []
        hashes = self._batch([["getblockhash", height] for height in range(first, last + 1)])
        return self._batch([["getblockheader", block_hash] for block_hash in hashes])

    def _rewards(self, raws: list[dict[str, Any]]) -> list[int]:
        """Return the blocks' coinbase values.

        Where the node can give a transaction by its block, only the coinbase is asked for; otherwise the whole block.
        """
        if self._gives_transactions:
            try:
                return self._rewards_from_coinbases(raws)
            except RpcError:
                # Old nodes need a transaction index for this; whole blocks always work.
                self._gives_transactions = False
        return [_coinbase_value(self._batch([["getblock", raw["hash"], 2]])[0]["tx"][0]) for raw in raws]

    def _rewards_from_coinbases(self, raws: list[dict[str, Any]]) -> list[int]:
        blocks = self._batch([["getblock", raw["hash"], 1] for raw in raws])
        coinbases = self._batch([["getrawtransaction", block["tx"][0], 1, block["hash"]] for block in blocks])
        return [_coinbase_value(coinbase) for coinbase in coinbases]

    def _batch(self, commands: list[list[Any]]) -> list[Any]:
        def call() -> list[Any]:
            calls = [
                {"jsonrpc": "2.0", "id": number, "method": method, "params": parameters}
                for number, (method, *parameters) in enumerate(commands)
            ]
            return results(post(self._session, self._url, calls), len(calls))

        return with_retries(call, self.asset.id, self._url)


def _coinbase_value(coinbase: dict[str, Any]) -> int:
    """Return the sum of a coinbase's outputs, including what zcash's miners took directly into the shielded pools."""
    value = sum((Decimal(output["value"]) for output in coinbase["vout"]), Decimal(0))
    for pool in (coinbase, coinbase.get("orchard") or {}):
        # An amount that moves into a pool is negative.
        value -= Decimal(pool.get("valueBalance", 0))
    return int(value * SATOSHI)
