"""Servers on a copy made by hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving.copies import make_copy
from tests.serving.servers import Server


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
