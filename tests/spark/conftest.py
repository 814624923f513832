"""Homes that are built on both engines."""

import pytest

from dagster_project.settings import Engine, Settings
from dagster_project.warehouse.spark import missing_for_spark
from tests.warehouse.conftest import regtest_home as regtest_home
from tests.warehouse.harness import Home


@pytest.fixture(scope="session", autouse=True)
def spark() -> None:
    """Skip all tests of this folder where Spark cannot run."""
    if missing := missing_for_spark(Settings(engine=Engine.SPARK)):
        pytest.skip(missing)


@pytest.fixture(scope="session")
def on_spark(regtest_home: Home) -> Home:
    """The regtest home's lake, to be built on Spark beside what DuckDB built."""
    given = regtest_home.settings
    home = Home(
        Settings(home=given.home, chain=given.chain, source=given.source, files=given.files, engine=Engine.SPARK)
    )
    home.settings.warehouse.parent.mkdir()
    return home
