"""A node changes its mind about days that are built: the next run notices, and the tables are as if built anew."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.chain.paying_miner import PayingMiner
from tests.e2e.conftest import Installation
from tests.node import Node

BLOCKS_PER_DAY = 4
SECONDS = 86_400 // BLOCKS_PER_DAY
START = int(datetime(2024, 5, 1, 1, tzinfo=UTC).timestamp())


class Chain:
    """A regtest chain of six hours a block, with payments, that its node can take back."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.now = START
        self._miner = PayingMiner(node)

    def mine(self, blocks: int, pay: bool = False) -> None:
        """Mine some blocks, six hours apart."""
        for _ in range(blocks):
            self._miner.mine(self.now, pay=pay)
            self.now += SECONDS

    def begin_day(self) -> None:
        """Mine until the tip is the first block of a day: then all earlier days are complete."""
        self.mine(1, pay=True)
        while self._day(0) == self._day(1):
            self.mine(1, pay=True)

    def reorganise(self, depth: int) -> None:
        """Take back the last blocks and mine one more than these, with other payments in them."""
        tip = self.node.rpc("getblockcount")
        self.node.rpc("invalidateblock", self.node.rpc("getblockhash", tip - depth + 1))
        # Each block goes to another script, so that no block comes back as it was.
        self.now -= depth * SECONDS
        self.mine(depth + 1, pay=True)

    def _day(self, below_tip: int) -> int:
        block_hash = self.node.rpc("getblockhash", self.node.rpc("getblockcount") - below_tip)
        return self.node.rpc("getblockheader", block_hash)["mediantime"] // 86_400


@pytest.fixture
def chain(start_node: Callable[..., Node]) -> Chain:
    chain = Chain(start_node("regtest"))
    chain.mine(105)
    chain.begin_day()
    return chain


@pytest.mark.parametrize("depths", [(8,), pytest.param((1, 8, 12, 3), marks=pytest.mark.long)], ids=str)
def test_reorganisations(chain: Chain, tmp_path: Path, depths: Sequence[int]) -> None:
    built = Installation(tmp_path / "built")
    source = ("--source", "node", "--chain", "regtest", "--node-url", chain.node.url, "--min-confirmations", "0")
    built.build(*source)
    for depth in depths:
        before = dict(built.query("select day, last_hash from built_days"))
        chain.reorganise(depth)
        chain.begin_day()
        said = built.build(*source)
        after = dict(built.query("select day, last_hash from built_days"))
        lost = sorted(day for day, last_hash in before.items() if after[day] != last_hash)
        # the tip was the first block of a day
        assert len(lost) == (depth + BLOCKS_PER_DAY - 2) // BLOCKS_PER_DAY
        first_new = min(day for day in after if after[day] != before.get(day))
        assert f"Building {first_new}" in said
    anew = Installation(tmp_path / "anew")
    anew.build(*source)
    assert built.contents() == anew.contents()


@pytest.mark.long
def test_a_day_that_is_no_longer_complete_vanishes(chain: Chain, tmp_path: Path) -> None:
    built = Installation(tmp_path / "built")
    source = ("--source", "node", "--chain", "regtest", "--node-url", chain.node.url, "--min-confirmations", "0")
    built.build(*source)
    ((last_day,),) = built.query("select max(day) from built_days")
    ((first_later,),) = built.query("select max(last_height) + 1 from built_days")
    # one more block than was taken back, all within the last day: no block is left of a later one
    tip = chain.node.rpc("getblockcount")
    chain.node.rpc("invalidateblock", chain.node.rpc("getblockhash", first_later - 6))
    chain.now -= (tip - first_later + 7) * SECONDS
    chain.node.rpc("setmocktime", chain.now)
    chain.node.rpc("generatetodescriptor", tip - first_later + 9, "raw(51)")
    built.build(*source)
    assert built.query("select max(day) from built_days") < [(last_day,)]
    anew = Installation(tmp_path / "anew")
    anew.build(*source)
    assert built.contents() == anew.contents()
