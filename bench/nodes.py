"""A real node with the regtest chain of the tests, and where bitcoin-etl's own commands read it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

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


@contextmanager
def regtest_node(*options: str) -> Iterator[Etl]:
    """Start a node with the chain of 70 days.

    Raises:
        SatledgerError: there is no node, or not that chain.
    """
    with tempfile.TemporaryDirectory(prefix="satledger-bench-") as name:
        folder = Path(name)
        bitcoind = find_bitcoind(SHARED, folder)
        if bitcoind is None or not CHAIN.is_dir():
            raise SatledgerError("This case needs bitcoind on the PATH and the regtest chain in ../shared/data.")
        node = Node(bitcoind, folder / "node", "regtest", *options)
        try:
            node.feed(read_raw_blocks(CHAIN / "raw_blocks.hex.gz"))
            yield Etl(node.url, folder)
        finally:
            node.kill()
