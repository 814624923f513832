"""Real nodes with regtest chains, and access to them for bitcoin-etl's own commands."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import busy_chain
from dagster_project.errors import SatledgerError
from dagster_project.settings import PROJECT_ROOT
from tests.node import Node, find_bitcoind, read_raw_blocks

SHARED = PROJECT_ROOT.parent / "shared"
CHAIN = SHARED / "data" / "regtest_70_days"


@dataclass(frozen=True)
class Etl:
    """bitcoin-etl's client of a node.

    Attributes:
        url: the node's address with user and password.
        folder: an empty folder for what bitcoin-etl writes.
    """

    url: str
    folder: Path


def small_days(node: Node) -> None:
    """Load 70 days of about 250 transactions each, made by Bitcoin Core itself, into the node.

    Raises:
        SatledgerError: the files of that chain are missing.
    """
    if not CHAIN.is_dir():
        raise SatledgerError("This case needs the regtest chain in ../shared/data.")
    node.feed(read_raw_blocks(CHAIN / "raw_blocks.hex.gz"))


def busy_days(node: Node) -> None:
    """Mine three days of 36,000 transactions."""
    busy_chain.mine(node, days=3, transactions_a_block=1_500)


CHAINS: dict[str, Callable[[Node], None]] = {"busy days": busy_days, "small days": small_days}


@contextmanager
def regtest_node(fill: Callable[[Node], None], *options: str) -> Iterator[Etl]:
    """Start a node and give it one of the chains.

    Raises:
        SatledgerError: there is no node program, or the files of that chain are missing.
    """
    with tempfile.TemporaryDirectory(prefix="satledger-bench-") as name:
        folder = Path(name)
        bitcoind = find_bitcoind(SHARED, folder)
        if bitcoind is None:
            raise SatledgerError("This case needs bitcoind on the PATH.")
        node = Node(bitcoind, folder / "node", "regtest", *options)
        try:
            fill(node)
            yield Etl(node.url, folder)
        finally:
            node.kill()
