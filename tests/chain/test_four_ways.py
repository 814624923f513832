"""One chain read in four ways gives the same bytes: bitcoin-etl, raw over RPC or REST, block files, export files."""

import json
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from dagster_project.chain.sources import open_source
from dagster_project.lake.manifest import held_days, held_manifests, remove_days
from dagster_project.settings import Chain, NodeReader, Settings
from tests.chain.block_folder import KEY, write_block_files
from tests.chain.lake import (
    changed,
    complete_days,
    export_with_bitcoin_etl,
    extract_all,
    files_settings,
    make_settings,
    node_settings,
    raw_files,
)
from tests.chain.paying_miner import PAID_DAYS
from tests.node import Node, raw_blocks_of, read_raw_blocks
from tests.standin_node import StandinNode

StartNode = Callable[..., Node]
START, HOUR = 1_700_000_000, 3_600
PAYMENTS = ("legacy", "p2sh-segwit", "bech32", "bech32m")


def mine(node: Node, blocks: int, descriptor: str) -> None:
    """Mine blocks an hour apart."""
    tip = node.rpc("getblockheader", node.rpc("getbestblockhash"))["time"]
    for number in range(1, blocks + 1):
        node.rpc("setmocktime", max(tip, START) + number * HOUR)
        node.rpc("generatetodescriptor", 1, descriptor)


def make_chain(node: Node) -> None:
    """Mine some days with payments of all kinds, with and without witnesses, and a reorganisation in them."""
    node.rpc("setmocktime", START)
    node.rpc("createwallet", "miner")
    descriptor = f"addr({node.rpc('getnewaddress')})"
    mine(node, 110, descriptor)
    for number in range(12):
        for kind in PAYMENTS[: 1 + number % 4]:
            node.rpc("sendtoaddress", node.rpc("getnewaddress", "", kind), 0.1 + number)
        many = {node.rpc("getnewaddress", "", kind): 0.01 for kind in PAYMENTS}
        node.rpc("sendmany", "", many)
        node.rpc("send", [{"data": "5a" * (number + 1)}, {node.rpc("getnewaddress"): 0.5}])
        mine(node, 2, descriptor)
    stale = node.rpc("getblockhash", node.rpc("getblockcount") - 2)
    node.rpc("invalidateblock", stale)
    mine(node, 5, f"addr({node.rpc('getnewaddress')})")


def raw(settings: Settings) -> Settings:
    """The same node, without bitcoin-etl."""
    return changed(settings, node_reader=NodeReader.RAW)


def blocks_of(home: Path, folder: Path, chain: Chain = Chain.REGTEST) -> Settings:
    """Settings that read block files."""
    return make_settings(home=home, chain=chain, source="blocks", blocks=folder)


def said(settings: Settings) -> list[dict[str, Any]]:
    """What the manifests say, but for the source and the versions of what took part."""
    manifests = [json.loads(path.read_text()) for path in sorted(settings.raw.glob("*/manifest.json"))]
    own = ("source", "versions")
    return [{key: value for key, value in one.items() if key not in own} for one in manifests]


def assert_same(settings: list[Settings], days: int) -> None:
    """Read a chain in several ways and compare all bytes of the raw days."""
    for each in settings:
        extract_all(each)
    first = settings[0]
    assert len(held_days(first.raw)) == days
    for other in settings[1:]:
        assert raw_files(other) == raw_files(first), other.source
        assert said(other) == said(first)
    for each in settings:
        proofs = [manifest.proof for manifest in held_manifests(each.raw) if manifest.blocks]
        assert all(
            {"transaction ids", "Merkle roots", "block ids", "proof of work", "sizes"} <= {*p.checked} for p in proofs
        )


def test_a_chain_made_by_a_wallet(
    tmp_path: Path, start_node: StartNode, bitcoind: Path, subtests: pytest.Subtests
) -> None:
    for xor in (0, 1):
        with subtests.test(xor=xor):
            assert_four_ways(tmp_path / str(xor), start_node, bitcoind, xor)


def assert_four_ways(tmp_path: Path, start_node: StartNode, bitcoind: Path, xor: int) -> None:
    """Make a chain on a node whose files are XORed or not, and read it in all ways."""
    tmp_path.mkdir()
    node = start_node("regtest", "-rest=1", f"-blocksxor={xor}")
    make_chain(node)
    height = node.rpc("getblockcount")
    files = node.folder / "regtest" / "blocks"
    key = (files / "xor.dat").read_bytes()
    assert any(key) == bool(xor)
    over_rest = raw(node_settings(tmp_path / "rest", node))
    export = export_with_bitcoin_etl(node, tmp_path / "export", height)
    ways = [
        files_settings(tmp_path / "files", export),
        node_settings(tmp_path / "etl", node),
        over_rest,
        blocks_of(tmp_path / "blocks", files),
    ]
    assert_same(ways, 6)
    tools = [set(held_manifests(each.raw)[0].versions) - {"pyarrow"} for each in ways]
    assert tools == [set(), {"bitcoin-etl", "node"}, {"numba", "numpy", "node"}, {"numba", "numpy"}]
    node.stop()
    without_rest = Node(bitcoind, node.folder, "regtest")
    try:
        over_rpc = raw(node_settings(tmp_path / "rpc", without_rest))
        extract_all(over_rpc)
    finally:
        without_rest.kill()
    assert raw_files(over_rpc) == raw_files(over_rest)
    assert said(over_rpc) == said(over_rest)
    # The last file of a node that was ended is the same.
    ended = blocks_of(tmp_path / "ended", files)
    extract_all(ended)
    assert raw_files(ended) == raw_files(over_rest)


def test_block_files_of_a_node_that_goes_on_mining(tmp_path: Path, start_node: StartNode) -> None:
    node = start_node("regtest")
    settings = blocks_of(tmp_path / "blocks", node.folder / "regtest" / "blocks")
    for number in count():
        mine(node, 9, "raw(51)")
        if number == 6:
            node.rpc("invalidateblock", node.rpc("getblockhash", node.rpc("getblockcount") - 3))
            mine(node, 6, "raw(52)")
        source = open_source(settings)
        assert source.tip().hash == node.rpc("getbestblockhash")
        remove_days(settings.raw, source.stale_days(held_manifests(settings.raw)))
        held = held_days(settings.raw)
        if source.last_complete_day() is not None:
            list(source.extract([day for day in complete_days(source) if day not in held]))
        if number == 9:
            break
    assert len(held_days(settings.raw)) > 2
    over_rpc = node_settings(tmp_path / "node", node)
    extract_all(over_rpc)
    assert raw_files(settings) == raw_files(over_rpc)


def test_a_chain_made_without_a_wallet(tmp_path: Path, paid_node: Node) -> None:
    export = export_with_bitcoin_etl(paid_node, tmp_path / "export", paid_node.rpc("getblockcount"))
    node = node_settings(tmp_path / "etl", paid_node)
    ways = [files_settings(tmp_path / "files", export), node, raw(changed(node, home=tmp_path / "rest"))]
    assert_same([*ways, blocks_of(tmp_path / "blocks", paid_node.folder / "regtest" / "blocks")], PAID_DAYS)


def test_regtest_70_days(tmp_path: Path, regtest_node: Node, regtest_export: Path) -> None:
    files = regtest_node.folder / "regtest" / "blocks"
    node = node_settings(tmp_path / "etl", regtest_node)
    ways = [files_settings(tmp_path / "files", regtest_export), node, raw(changed(node, home=tmp_path / "raw"))]
    assert_same([*ways, blocks_of(tmp_path / "blocks", files)], 69)


def test_mainnet_0_255(tmp_path: Path, mainnet_node: Node, shared: Path) -> None:
    files = mainnet_node.folder / "blocks"
    node = node_settings(tmp_path / "etl", mainnet_node, Chain.MAINNET)
    export = files_settings(tmp_path / "files", shared / "data" / "mainnet_0_255", Chain.MAINNET)
    ways = [
        export,
        node,
        raw(changed(node, home=tmp_path / "raw")),
        blocks_of(tmp_path / "blocks", files, Chain.MAINNET),
    ]
    assert_same(ways, 9)


def test_the_recorded_reorganisation_in_block_files(
    tmp_path: Path, start_node: StartNode, shared: Path, regtest_export: Path, subtests: pytest.Subtests
) -> None:
    for xor in (0, 1):
        with subtests.test(xor=xor):
            assert_reorganised(tmp_path / str(xor), start_node, shared, regtest_export, xor)


def assert_reorganised(tmp_path: Path, start_node: StartNode, shared: Path, regtest_export: Path, xor: int) -> None:
    """First branch A is the best one, then branch B; the files of the node hold both."""
    data = shared / "data" / "regtest_70_days"
    record = json.loads((data / "reorg" / "reorg.json").read_text())
    blocks, fork = read_raw_blocks(data / "raw_blocks.hex.gz"), record["fork_height"]
    branch = read_raw_blocks(data / "reorg" / "branch_a_raw_blocks.hex.gz")
    node = start_node("regtest", f"-blocksxor={xor}")
    node.feed(blocks[:fork] + branch)
    settings = changed(blocks_of(tmp_path / "blocks", node.folder / "regtest" / "blocks"), min_confirmations=0)
    source = open_source(settings)
    assert source.tip().hash == record["branch_a"][-1]
    list(source.extract(complete_days(source)[-5:]))
    node.rpcs(("submitblock", block) for block in blocks[fork:])
    after = open_source(settings)
    assert after.tip().hash == record["branch_b"][-1]
    remove_days(settings.raw, after.stale_days(held_manifests(settings.raw)))
    held = held_days(settings.raw)
    list(after.extract([day for day in complete_days(after)[-6:] if day not in held and day >= min(held)]))
    export = changed(files_settings(tmp_path / "files", regtest_export), min_confirmations=0)
    list(open_source(export).extract(held_days(settings.raw)))
    assert raw_files(settings) == raw_files(export)
    assert len(held_days(settings.raw)) > 4


def test_a_reorganisation_in_shuffled_files(tmp_path: Path, paid_node: Node) -> None:
    """The blocks of a chain in any order, among them some that another branch took the place of."""
    node = StandinNode(tmp_path / "node", "regtest")
    blocks = raw_blocks_of(paid_node)
    node.feed(blocks[:-40])
    mine(node, 10, "raw(52)")
    stale = raw_blocks_of(node)[-10:]
    raw_blocks = [
        bytes.fromhex(block) for block in [node.rpc("getblock", node.rpc("getblockhash", 0), 0), *blocks, *stale]
    ]
    node.kill()
    order = [raw_blocks[(7_919 * place) % len(raw_blocks)] for place in range(len(raw_blocks))]
    assert sorted(order) == sorted(raw_blocks)
    folder = write_block_files(tmp_path / "blk", order, key=KEY, file_bytes=50_000, tail=bytes(70_000))
    assert len(list(folder.glob("blk*.dat"))) > 2
    export = export_with_bitcoin_etl(paid_node, tmp_path / "export", len(blocks))
    assert_same([files_settings(tmp_path / "files", export), blocks_of(tmp_path / "blocks", folder)], PAID_DAYS)
