"""A pruned node that is kept up with day by day, and one whose blocks are gone before they were read."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dagster_project.chain.sources import open_source
from dagster_project.errors import SatledgerError
from dagster_project.lake.manifest import held_days
from dagster_project.settings import Settings
from tests.chain.lake import complete_days, make_settings
from tests.e2e.test_reorganisations import Chain
from tests.node import Node


@pytest.mark.usefixtures("bitcoind")
def test_days_are_read_before_the_node_prunes_them(start_node: Callable[..., Node], tmp_path: Path) -> None:
    # Files of 64 kB, so that there is something to prune.
    node = start_node("regtest", "-prune=1", "-fastprune", "-txindex=0")
    chain = Chain(node)
    readers = {reader: settings(tmp_path / reader, node, reader) for reader in ("raw", "bitcoin-etl")}
    # A node keeps its last 288 blocks in any case.
    for blocks in (340, 300):
        chain.mine(blocks)
        chain.begin_day()
        for each in readers.values():
            source = open_source(each)
            held = set(held_days(each.raw))
            list(source.extract([day for day in complete_days(source) if day not in held]))
        node.rpc("pruneblockchain", node.rpc("getblockcount") - 10)
    assert node.rpc("getblockchaininfo")["pruneheight"] > 1
    for each in readers.values():
        assert held_days(each.raw) == complete_days(open_source(each))
    # Whoever begins later cannot.
    late = settings(tmp_path / "late", node, "raw")
    source = open_source(late)
    with pytest.raises(SatledgerError, match=r"The node has pruned its blocks below height \d+, but 0 is wanted"):
        list(source.extract(complete_days(source)[:1]))


def settings(home: Path, node: Node, reader: str) -> Settings:
    return make_settings(
        home=home, chain="regtest", source="node", node_url=node.url, min_confirmations=0, node_reader=reader
    )
