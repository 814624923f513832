"""A small home that is built once."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import LAST_DAY, satledger


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where homes that tests write lie, one after the other: views name the folder that they were built in."""
    return tmp_path_factory.mktemp("place") / "home"


@pytest.fixture(scope="session")
def built(place: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the first days of the sample chain; not to be written."""
    done = satledger(place, "build", "--chain", "sample", "--source", "sample", "--to", LAST_DAY)
    assert done.returncode == 0, done.stderr
    return Path(shutil.move(place, tmp_path_factory.mktemp("built") / "home"))


@pytest.fixture
def home(place: Path, built: Path) -> Iterator[Path]:
    """A copy of the built home, to be written."""
    yield Path(shutil.copytree(built, place))
    shutil.rmtree(place)
