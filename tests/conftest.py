"""Fixtures that every test may use."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

from dagster_project.start import heed_interrupts, keep_bytecode
from tests.chain.paying_miner import mine_paid_days
from tests.node import PROGRAM_FOLDER, Node, find_bitcoind, read_raw_blocks
from tests.standin_node import StandinNode
from tests.warm.client import FOLDER

PROJECT_ROOT = Path(__file__).resolve().parent.parent
SHARED = PROJECT_ROOT.parent / "shared"
CLIENTS = PROJECT_ROOT / "tests" / "serving" / "clients.txt"

# First of all: every process that the tests start would compile its modules anew where the environment says so.
keep_bytecode()
# Else what the tests start would ignore the signals that end it, where a script runs the suite in the background.
heed_interrupts()

# No deadline: how long an example takes depends on the machine's load.
settings.register_profile("satledger", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("satledger")


# Folders whose files take minutes: started first, so that no worker runs one alone at the end.
SLOW = (
    "spark",
    "test_add_a_metric.py",
    "test_whole_numbers.py",
    "test_fuzz.py",
    "orchestration",
    "e2e",
    "cli",
    "warehouse",
    "chain",
    "serving",
    "publishing",
)
# Folders whose tests are marked as fast, but for those that need one of these: they neither build nor start anything.
# The reference's tests do not either, but calculate for half a minute.
FAST = {"blocks", "headers", "labels", "prices", "sample"}
NEEDED = {"node_program", "shared"}


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder of the run, unless this is one of several processes of the same run.

    It holds the server of programs, and the home of tests that choose none. What the user has built or set must not
    decide whether tests pass: Dagster's partitions, for one, are those of the home when its assets are loaded.
    """
    if not hasattr(config, "workerinput"):
        folder = Path(tempfile.mkdtemp(prefix="satledger-warm-"))
        (folder / "owner.pid").write_text(str(os.getpid()), encoding="ascii")
        for name in list(os.environ):
            if name.startswith(("SATLEDGER_", "DAGSTER_")) and name != PROGRAM_FOLDER:
                del os.environ[name]
        os.environ[FOLDER] = str(folder)
        os.environ["SATLEDGER_HOME"] = str(folder / "home")
        config.add_cleanup(lambda: shutil.rmtree(folder))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the slow folders first, and mark the fast tests."""
    for item in items:
        fixtures = item.fixturenames if isinstance(item, pytest.Function) else []
        if FAST & set(item.path.relative_to(PROJECT_ROOT).parts) and not NEEDED & set(fixtures):
            item.add_marker("fast")
    items.sort(key=lambda item: next((place for place, name in enumerate(SLOW) if name in item.path.parts), len(SLOW)))


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Collect the waits between attempts instead of waiting."""
    seen: list[float] = []
    monkeypatch.setattr("tenacity.nap.time", SimpleNamespace(sleep=seen.append))
    return seen


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real chain data beside the project; tests that need it are skipped where it is not."""
    if not (SHARED / "data").is_dir():
        pytest.skip("needs the test data in ../shared, which is not here")
    return SHARED


@pytest.fixture(scope="session")
def node_program(request: pytest.FixtureRequest) -> Path | None:
    """The program of a real node, if there is one."""
    return find_bitcoind(SHARED, request.config.cache.mkdir("bitcoin"))


@pytest.fixture(scope="session")
def bitcoind(node_program: Path | None) -> Path:
    """The program of a real node; tests that need one are skipped where there is none."""
    if node_program is None:
        pytest.skip("needs a Bitcoin node: put bitcoind on the PATH, or its folder into SATLEDGER_TEST_NODE")
    return node_program


def node_in(program: Path | None, folder: Path, chain: str, *options: str) -> Node:
    """Start a real node where there is a program, else a stand-in."""
    return Node(program, folder, chain, *options) if program else StandinNode(folder, chain, *options)


@pytest.fixture
def start_node(node_program: Path | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Node]]:
    """Start nodes (chain, then further options) that the test may change and that end with it.

    Where there is no real node they are stand-ins, which do all that tests need but for a wallet and pruning.
    """
    nodes: list[Node] = []

    def start(chain: str = "regtest", *options: str) -> Node:
        folder = tmp_path_factory.mktemp("node")
        nodes.append(node_in(node_program, folder, chain, *options))
        return nodes[-1]

    yield start
    for node in nodes:
        node.kill()


@pytest.fixture(scope="session")
def paid_node(node_program: Path | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node with a chain of forty days, most with payments; tests must leave it as it is.

    Where there is no real node it is a stand-in.
    """
    node = node_in(node_program, tmp_path_factory.mktemp("paid-node"), "regtest", "-rest=1")
    mine_paid_days(node)
    yield node
    node.kill()


@pytest.fixture(scope="session")
def regtest_node(bitcoind: Path, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node with the chain of regtest_70_days; tests must leave it as it is."""
    node = Node(bitcoind, tmp_path_factory.mktemp("regtest-node"), "regtest")
    node.feed(read_raw_blocks(shared / "data" / "regtest_70_days" / "raw_blocks.hex.gz"))
    yield node
    node.kill()


@pytest.fixture(scope="session")
def mainnet_node(bitcoind: Path, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node with blocks 0 to 255 of Bitcoin; tests must leave it as it is."""
    node = Node(bitcoind, tmp_path_factory.mktemp("mainnet-node"), "main")
    node.feed(read_raw_blocks(shared / "data" / "mainnet_0_255" / "raw_blocks.hex.gz"))
    yield node
    node.kill()


@pytest.fixture(scope="session")
def clients(request: pytest.FixtureRequest) -> Path:
    """The Python of an environment with the official clients, kept from one run of the tests to the next."""
    folder = request.config.cache.mkdir("serving-clients")
    python = folder / "bin" / "python"
    done = folder / "installed.txt"
    wanted = CLIENTS.read_text(encoding="utf-8")
    # Tests run in several processes, and the first one to come makes it for all.
    with FileLock(folder.with_name("serving-clients.lock")):
        if not done.is_file() or done.read_text(encoding="utf-8") != wanted:
            subprocess.run(["uv", "venv", "--quiet", "--clear", "--python", "3.11", str(folder)], check=True)
            subprocess.run(["uv", "pip", "install", "--quiet", "--python", str(python), "-r", str(CLIENTS)], check=True)
            done.write_text(wanted, encoding="utf-8")
    return python
