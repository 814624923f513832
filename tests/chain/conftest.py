"""Chains as exports, real ones and our own."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import copyfile

import pytest

from tests.chain.lake import Row, read_lines
from tests.chain.recorded_node import read_record, recorded, write_record
from tests.chain.shaped_chain import early_chain, late_chain
from tests.chain.witness_chain import Proxy, WitnessChain, make_witness_chain, proxy_of
from tests.node import Node


@pytest.fixture(scope="session")
def mainnet_export(shared: Path) -> tuple[list[Row], list[Row]]:
    """Blocks and transactions of mainnet's heights 0 to 255."""
    folder = shared / "data" / "mainnet_0_255"
    return read_lines(folder / "blocks.json.gz"), read_lines(folder / "transactions.json.gz")


@pytest.fixture(scope="session")
def early_export() -> tuple[list[Row], list[Row]]:
    """Blocks and transactions of a chain of regtest with days as long as mainnet's first ones."""
    chain = early_chain()
    return chain.blocks, chain.transactions


@pytest.fixture(scope="session")
def late_export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the export of a chain of sixty days with transactions."""
    folder = tmp_path_factory.mktemp("late-export")
    late_chain().write_export(folder)
    return folder


@pytest.fixture(scope="session")
def regtest_export(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the export of regtest_70_days, and nothing else."""
    folder = tmp_path_factory.mktemp("regtest-export")
    for name in ("blocks.json.gz", "transactions.json.gz"):
        copyfile(shared / "data" / "regtest_70_days" / name, folder / name)
    return folder


@pytest.fixture(scope="session")
def witness_chain(node_program: Path | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WitnessChain]:
    """A short chain with payments of all kinds, from a node or as one told it; tests must leave it as it is."""
    if node_program is None:
        chain, answers = read_record()
        with recorded(answers) as told:
            yield WitnessChain(told, **chain)
        return
    node = Node(node_program, tmp_path_factory.mktemp("witness-node"), "regtest", "-rest=1")
    chain = make_witness_chain(node)
    if "SATLEDGER_RECORD_ANSWERS" in os.environ:
        with recorded({}, node) as recording:
            yield replace(chain, node=recording)
        write_record({"before": chain.before, "day": chain.day, "height": chain.height}, recording.answers)
    else:
        yield chain
    node.kill()


@pytest.fixture
def proxy(witness_chain: WitnessChain) -> Iterator[Proxy]:
    """A proxy before the node of that chain."""
    with proxy_of(witness_chain.node) as made:
        yield made
