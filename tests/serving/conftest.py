"""Servers on a copy made by hand, and the environment of the official clients."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving.copies import make_copy
from tests.serving.servers import Server

CLIENTS = Path(__file__).with_name("clients.txt")


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a published copy; tests must leave it as it is."""
    folder = tmp_path_factory.mktemp("home")
    make_copy(folder / "published" / "satledger.duckdb")
    return folder


@pytest.fixture(scope="session")
def server(home: Path) -> Iterator[Server]:
    """A server that asks for no key."""
    with Server(home) as running:
        yield running
        assert "Traceback" not in running.log


@pytest.fixture(scope="session")
def clients(request: pytest.FixtureRequest) -> Path:
    """The Python of an environment with the official clients, kept from one run of the tests to the next."""
    folder = request.config.cache.mkdir("serving-clients")
    python = folder / "bin" / "python"
    done = folder / "installed.txt"
    wanted = CLIENTS.read_text(encoding="utf-8")
    if not done.is_file() or done.read_text(encoding="utf-8") != wanted:
        subprocess.run(["uv", "venv", "--quiet", "--clear", "--python", "3.11", str(folder)], check=True)
        subprocess.run(["uv", "pip", "install", "--quiet", "--python", str(python), "-r", str(CLIENTS)], check=True)
        done.write_text(wanted, encoding="utf-8")
    return python
