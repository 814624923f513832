"""What is published does not depend on the way in which a chain is read."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import Installation
from tests.node import Node

pytestmark = pytest.mark.long

# Of a node's raw answers and of its files all is proven. Of what bitcoin-etl exported, witnesses are not.
SAYS_WHAT_IS_UNPROVEN = "unproven_days"


@pytest.fixture
def assert_equal(tmp_path: Path) -> Callable[[str, Node, Path, Path], None]:
    def compare(chain: str, node: Node, blocks: Path, export: Path) -> None:
        over_rpc = ("--source", "node", "--node-url", node.url)
        ways = {
            "bitcoin-etl": (over_rpc, {"SATLEDGER_NODE_READER": "bitcoin-etl"}),
            "raw": (over_rpc, {"SATLEDGER_NODE_READER": "raw"}),
            "blocks": (("--source", "blocks"), {"SATLEDGER_BLOCKS": str(blocks)}),
            "export": (("--source", "files", "--files", str(export)), {}),
        }
        published = {}
        for way, (source, settings) in ways.items():
            built = Installation(tmp_path / way)
            built.build("--chain", chain, "--min-confirmations", "0", *source, **settings)
            published[way] = built.contents()
        assert len(published["raw"]) > 20
        assert published["bitcoin-etl"] == published["raw"] == published["blocks"]
        for tables in published.values():
            del tables[SAYS_WHAT_IS_UNPROVEN]
        assert published["export"] == published["raw"]

    return compare


def test_regtest_70_days(
    assert_equal: Callable[[str, Node, Path, Path], None], regtest_node: Node, regtest_export: Path
) -> None:
    assert_equal("regtest", regtest_node, regtest_node.folder / "regtest" / "blocks", regtest_export)


def test_mainnet_0_255(assert_equal: Callable[[str, Node, Path, Path], None], mainnet_node: Node, shared: Path) -> None:
    assert_equal("mainnet", mainnet_node, mainnet_node.folder / "blocks", shared / "data" / "mainnet_0_255")
