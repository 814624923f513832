"""Homes that are built on both engines."""

from datetime import date

import pytest

from dagster_project.settings import Engine, Settings
from dagster_project.warehouse.spark import missing_for_spark
from tests.warehouse.conftest import regtest_home as regtest_home
from tests.warehouse.harness import Home

FIRST_PART = date(2024, 2, 20)
SECOND_PART = date(2024, 2, 10)


@pytest.fixture(scope="session", autouse=True)
def spark() -> None:
    """Skip all tests of this folder where Spark cannot run."""
    if missing := missing_for_spark(Settings(engine=Engine.SPARK)):
        pytest.skip(missing)


@pytest.fixture(scope="session")
def on_spark(regtest_home: Home) -> Home:
    """The regtest home, built on Spark beside what DuckDB built.

    In two parts that overlap: some days are written by the first build, some replaced by the second. All invariants are
    tested on the second.
    """
    given = regtest_home.settings
    home = Home(
        Settings(home=given.home, chain=given.chain, source=given.source, files=given.files, engine=Engine.SPARK)
    )
    home.settings.warehouse.parent.mkdir()
    models = ("--exclude-resource-type", "unit_test", "test")
    done = home.dbt("build", *models, last=FIRST_PART, keyframe_period="month")
    assert done.returncode == 0, done.stdout + done.stderr
    home.build(first=SECOND_PART, keyframe_period="month")
    return home
