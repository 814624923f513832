"""The stand-in for a node tells what a real node tells of the same blocks."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.blocks.raw import read_block
from tests.chain.paying_miner import PayingMiner
from tests.node import Node, raw_blocks_of
from tests.standin_node import StandinNode

START, HOUR = 1_700_000_000, 3_600


@pytest.fixture
def standin(tmp_path: Path) -> Iterator[StandinNode]:
    node = StandinNode(tmp_path / "standin", "regtest")
    yield node
    node.kill()


def mine(node: Node) -> None:
    """Mine some days with payments."""
    miner = PayingMiner(node)
    for number in range(110):
        miner.mine(START + number * HOUR, pay=True)


def differences(said: Any, real: Any, where: str = "") -> list[str]:  # noqa: ANN401 (JSON)
    """Where a stand-in says something else than a real node, which may say more."""
    if isinstance(said, dict) and isinstance(real, dict):
        return [each for name in said for each in differences(said[name], real.get(name), f"{where}.{name}")]
    if isinstance(said, list) and isinstance(real, list) and len(said) == len(real):
        return [each for n, value in enumerate(said) for each in differences(value, real[n], f"{where}[{n}]")]
    return [] if said == real else [f"{where}: {said}, not {real}"]


def asked(node: Node, *call: object) -> Any:  # noqa: ANN401 (JSON)
    """The result of a call, or its error."""
    try:
        return node.rpcs([call])[0]
    except RuntimeError as error:
        return error.args[0]


def assert_same(standin: Node, real: Node, *call: object) -> None:
    """Ask both."""
    assert differences(asked(standin, *call), asked(real, *call), str(call)) == []


def assert_same_chain(standin: Node, real: Node, heights: range) -> None:
    """Ask both for the chain and for blocks at some heights."""
    for call in ("getblockcount",), ("getbestblockhash",), ("getblockchaininfo",):
        assert_same(standin, real, *call)
    for height in heights:
        name = real.rpc("getblockhash", height)
        assert_same(standin, real, "getblockhash", height)
        assert_same(standin, real, "getblockheader", name)
        for verbosity in (0, 1, 2):
            assert_same(standin, real, "getblock", name, verbosity)


def test_it_tells_what_a_real_node_tells(standin: StandinNode, bitcoind: Path, start_node: Callable[..., Node]) -> None:
    real, miner = start_node("regtest"), start_node("regtest")
    # Nodes take what the stand-in mines, with all payments.
    mine(standin)
    for node in (real, miner):
        node.rpc("setmocktime", START + 110 * HOUR)
        node.feed(raw_blocks_of(standin))
    tip = miner.rpc("getbestblockhash")
    assert_same_chain(standin, real, range(111))
    for call in (
        ("getblockhash", 111),
        ("getblock", "00" * 32, 2),
        ("getblockheader", "00" * 32),
        ("nonsense",),
        ("submitblock", miner.rpc("getblock", tip, 0)),
    ):
        assert_same(standin, real, *call)
    totals = ["txs", "ins", "outs", "total_out", "totalfee", "subsidy"]
    for height in (99, 101, 110):
        assert_same(standin, real, "getblockstats", height, totals)
    assert_same(standin, real, "gettxoutsetinfo", "none")
    assert_same(standin, real, "gettxoutsetinfo", "none", 99)
    scripts = [out["scriptPubKey"] for tx in real.rpc("getblock", tip, 2)["tx"] for out in tx["vout"]]
    addresses = [f"addr({script['address']})" for script in scripts if "address" in script]
    assert len(real.rpc("scantxoutset", "start", addresses)["unspents"]) > 3
    assert_same(standin, real, "scantxoutset", "start", addresses)
    # Another branch, of blocks that a node mines: of the same length it is not the best one, of one more it is.
    fork = miner.rpc("getblockhash", 106)
    miner.rpc("invalidateblock", fork)
    other = PayingMiner(miner, first=100_000)
    for number in range(6):
        other.mine(START + (200 + number) * HOUR)
    real.rpc("setmocktime", START + 300 * HOUR)
    for block in raw_blocks_of(miner)[105:]:
        assert_same(standin, real, "submitblock", block)
        assert_same_chain(standin, real, range(104, 108))
        assert_same(standin, real, "getblockheader", tip)
    # Back and forth.
    taken = miner.rpc("getbestblockhash")
    for method, name in (
        ("invalidateblock", taken),
        ("invalidateblock", tip),
        ("reconsiderblock", tip),
        ("invalidateblock", miner.rpc("getblockhash", 107)),
        ("invalidateblock", fork),
        ("reconsiderblock", taken),
        ("invalidateblock", "00" * 32),
    ):
        assert_same(standin, real, method, name)
        assert_same_chain(standin, real, range(104, 106))
        assert_same(standin, real, "getblockheader", tip)
        assert_same(standin, real, "submitblock", miner.rpc("getblock", taken, 0))
    # Headers without blocks.
    for number in range(3):
        other.mine(START + (300 + number) * HOUR)
    for block in raw_blocks_of(miner)[-3:]:
        assert_same(standin, real, "submitheader", block[:160])
    assert_same_chain(standin, real, range(104, 106))
    standin.feed(raw_blocks_of(miner)[-3:])
    real.feed(raw_blocks_of(miner)[-3:])
    assert_same_chain(standin, real, range(104, 115))


def test_what_it_mines(standin: StandinNode) -> None:
    """Blocks with payments, of which each says what it holds; without a real node too."""
    mine(standin)
    blocks = [read_block(bytes.fromhex(block)) for block in raw_blocks_of(standin)]
    assert [len(block.transactions) for block in blocks] == [1] * 100 + [3] * 10
    assert blocks[-1].transactions[1].has_witness or blocks[-2].transactions[1].has_witness
