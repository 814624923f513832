"""The first days of the demo, built on both engines by the command line."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from dagster_project.settings import Chain, Engine, Settings, Source
from dagster_project.warehouse.spark import missing_for_spark
from tests.cli.command import satledger
from tests.warehouse.harness import Home

# Two ends of months, for keyframes.
LAST_DAY = "2022-03-01"


@dataclass(frozen=True)
class Built:
    """A home, and a copy of what it published when it was built."""

    home: Home
    published: Path


@pytest.fixture(scope="session", autouse=True)
def spark() -> None:
    """Skip all tests of this folder where Spark cannot run."""
    if missing := missing_for_spark(Settings(engine=Engine.SPARK)):
        pytest.skip(missing)


@pytest.fixture(scope="session")
def on_duckdb(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Built on DuckDB."""
    return _built(tmp_path_factory.mktemp("engines") / "home", Engine.DUCKDB)


@pytest.fixture(scope="session")
def on_spark(on_duckdb: Built) -> Built:
    """The same home, built on Spark beside what DuckDB built."""
    return _built(on_duckdb.home.settings.home, Engine.SPARK)


def _built(folder: Path, engine: Engine) -> Built:
    settings = Settings(home=folder, chain=Chain.SAMPLE, source=Source.SAMPLE, engine=engine)
    chain = ("--chain", "sample", "--source", "sample")
    done = satledger(folder, "build", *chain, "--to", LAST_DAY, SATLEDGER_ENGINE=engine)
    assert done.returncode == 0, done.stderr
    copy = folder.parent / f"{engine}.duckdb"
    return Built(Home(settings), Path(shutil.copyfile(settings.published, copy)))
