"""What is published does not depend on the way in which a chain is read."""

from pathlib import Path

import pytest

from tests.chain.lake import export_with_bitcoin_etl
from tests.e2e.conftest import Installation
from tests.node import Node

pytestmark = pytest.mark.long


def assert_equal(folder: Path, chain: str, node: Node, blocks: Path, export: Path) -> None:
    """Build the chain from a node in two ways, from the node's block files and from an export."""
    over_rpc = ("--source", "node", "--node-url", node.url)
    ways = {
        "bitcoin-etl": (over_rpc, {"SATLEDGER_NODE_READER": "bitcoin-etl"}),
        "raw": (over_rpc, {"SATLEDGER_NODE_READER": "raw"}),
        "blocks": (("--source", "blocks"), {"SATLEDGER_BLOCKS": str(blocks)}),
        "export": (("--source", "files", "--files", str(export)), {}),
    }
    published = {}
    for way, (source, settings) in ways.items():
        built = Installation(folder / way)
        built.build("--chain", chain, "--min-confirmations", "0", *source, **settings)
        published[way] = built.contents()
    assert published["raw"].keys() >= {"metrics_daily", "balance_updates", "unproven_days"}
    assert published["bitcoin-etl"] == published["raw"] == published["blocks"]
    # An export has no witnesses, and the copy says so.
    for tables in published.values():
        del tables["unproven_days"]
    assert published["export"] == published["raw"]


def test_regtest_70_days(tmp_path: Path, regtest_node: Node) -> None:
    export = export_with_bitcoin_etl(regtest_node, tmp_path / "files", regtest_node.rpc("getblockcount"))
    assert_equal(tmp_path, "regtest", regtest_node, regtest_node.folder / "regtest" / "blocks", export)


def test_mainnet_0_255(tmp_path: Path, mainnet_node: Node, shared: Path) -> None:
    assert_equal(tmp_path, "mainnet", mainnet_node, mainnet_node.folder / "blocks", shared / "data" / "mainnet_0_255")
