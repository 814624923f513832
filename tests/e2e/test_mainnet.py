"""The first 256 blocks of mainnet, from a real node."""

from pathlib import Path

import pytest

from tests.e2e.conftest import Installation
from tests.node import Node


def test_published_values(mainnet_node: Node, tmp_path: Path) -> None:
    from_node = Installation(tmp_path)
    from_node.build("--source", "node", "--chain", "mainnet", "--node-url", mainnet_node.url)
    values = dict(from_node.query("select metric, value from metrics_daily where time = date '2009-01-09'"))
    assert values["BlkCnt"] == 19
    assert values["SplyCur"] == 950
    assert values["HashRate"] == pytest.approx(9.44495122962963e-7, rel=1e-12)
    assert values["RevHashNtv"] == pytest.approx(11641.53218269, rel=1e-12)
    assert values["RevHashRateNtv"] == pytest.approx(1005828380.584717, rel=1e-12)
    counts = from_node.query("select time, value from metrics_daily where metric = 'BlkCnt' order by time")
    assert [int(count) for _, count in counts] == [0, 0, 0, 0, 0, 0, 19, 61, 93]
    assert from_node.query("select sum(value) from metrics_daily where metric = 'TxCnt'") == [(1,)]
