"""Inputs that keep builds in tests short, and a home whose files are damaged."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from dagster_project.headers.sample import write_headers
from dagster_project.sample.generate import SampleChain
from tests.orchestration.damage import Home, Told


@pytest.fixture(scope="session")
def few_headers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the sample's headers of other chains, a few days of one: to read all of them takes some seconds."""
    folder = tmp_path_factory.mktemp("headers")
    write_headers(folder, SampleChain())
    few = folder / "few" / "ltc.csv"
    few.parent.mkdir()
    few.write_text("".join((folder / "ltc.csv").open(encoding="utf-8").readlines()[:60]), encoding="utf-8")
    return few


@pytest.fixture
def told() -> Iterator[Told]:
    """The sentences that a user would see."""
    found: Told = []
    handler = logging.Handler()
    handler.emit = lambda record: found.append(record.getMessage())
    logger = logging.getLogger("dagster.satledger")
    logger.addHandler(handler)
    yield found
    logger.removeHandler(handler)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path)
    found.publish()
    return found
