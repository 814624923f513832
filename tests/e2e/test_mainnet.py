"""The first 256 blocks of mainnet, from a real node and from export files."""

from pathlib import Path

import pytest

from tests.e2e.conftest import Installation
from tests.node import Node


@pytest.fixture(scope="module")
def from_node(mainnet_node: Node, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    installed = Installation(tmp_path_factory.mktemp("node-home"))
    installed.build("--source", "node", "--chain", "mainnet", "--node-url", mainnet_node.url)
    return installed


def test_published_values(from_node: Installation) -> None:
    values = dict(from_node.query("select metric, value from metrics_daily where time = date '2009-01-09'"))
    assert values["BlkCnt"] == 19
    assert values["SplyCur"] == 950
    assert values["HashRate"] == pytest.approx(9.44495122962963e-7, rel=1e-12)
    assert values["RevHashNtv"] == pytest.approx(11641.53218269, rel=1e-12)
    assert values["RevHashRateNtv"] == pytest.approx(1005828380.584717, rel=1e-12)
    counts = from_node.query("select time, value from metrics_daily where metric = 'BlkCnt' order by time")
    assert [int(count) for _, count in counts] == [0, 0, 0, 0, 0, 0, 19, 61, 93]
    assert from_node.query("select sum(value) from metrics_daily where metric = 'TxCnt'") == [(1,)]


def test_incomplete_day_is_refused(from_node: Installation, mainnet_node: Node) -> None:
    before = from_node.contents()
    done = from_node.run("build", "--source", "node", "--node-url", mainnet_node.url, "--to", "2009-01-12")
    assert done.returncode == 1
    assert "2009-01-12 is not complete yet: the last complete day is 2009-01-11" in " ".join(done.stderr.split())
    assert from_node.contents() == before


def test_files_give_the_same_bytes(from_node: Installation, shared: Path, tmp_path: Path) -> None:
    from_files = Installation(tmp_path)
    exports = shared / "data" / "mainnet_0_255"
    from_files.build("--source", "files", "--chain", "mainnet", "--files", str(exports))
    assert from_files.contents() == from_node.contents()


def test_raw_blocks_give_the_same_bytes(from_node: Installation, mainnet_node: Node, tmp_path: Path) -> None:
    """Those that the node sends, and those that lie in its files. What can be proven of them is more, and told."""
    sent, held = Installation(tmp_path / "sent"), Installation(tmp_path / "held")
    source = ("--source", "node", "--chain", "mainnet", "--node-url", mainnet_node.url)
    sent.build(*source, SATLEDGER_NODE_READER="raw")
    held.build("--source", "blocks", "--chain", "mainnet", SATLEDGER_BLOCKS=str(mainnet_node.folder / "blocks"))
    assert sent.contents() == held.contents()
    assert sent.contents("unproven_days") == from_node.contents("unproven_days")
    assert sent.query("from unproven_days") == []
    assert from_node.query("select distinct part from unproven_days") == [("witness commitments",)]
