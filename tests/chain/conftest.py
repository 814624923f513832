"""Real chains as exports."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chain.lake import Row, read_lines
from tests.chain.witness_chain import Proxy, WitnessChain, make_witness_chain, proxy_of
from tests.node import Node


@pytest.fixture(scope="session")
def mainnet_export(shared: Path) -> tuple[list[Row], list[Row]]:
    """Blocks and transactions of mainnet's heights 0 to 255."""
    folder = shared / "data" / "mainnet_0_255"
    return read_lines(folder / "blocks.json.gz"), read_lines(folder / "transactions.json.gz")


@pytest.fixture(scope="session")
def regtest_export(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the export of regtest_70_days, and nothing else."""
    folder = tmp_path_factory.mktemp("regtest-export")
    for name in ("blocks.json.gz", "transactions.json.gz"):
        (folder / name).symlink_to(shared / "data" / "regtest_70_days" / name)
    return folder


@pytest.fixture(scope="session")
def witness_chain(bitcoind: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WitnessChain]:
    """A short chain with payments of all kinds; tests must leave it as it is."""
    node = Node(bitcoind, tmp_path_factory.mktemp("witness-node"), "regtest", "-rest=1")
    yield make_witness_chain(node)
    node.kill()


@pytest.fixture
def proxy(witness_chain: WitnessChain) -> Iterator[Proxy]:
    """A proxy before the node of that chain."""
    with proxy_of(witness_chain.node) as made:
        yield made
