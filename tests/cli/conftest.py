"""A small home that is built once."""

import shutil
from pathlib import Path

import pytest

from tests.cli.command import LAST_DAY, satledger


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the first days of the sample chain; not to be written."""
    home = tmp_path_factory.mktemp("built")
    done = satledger(home, "build", "--chain", "sample", "--source", "sample", "--to", LAST_DAY)
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture
def home(built: Path, tmp_path: Path) -> Path:
    """A copy of the built home, to be written."""
    return Path(shutil.copytree(built, tmp_path / "home"))
