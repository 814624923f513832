"""How dbt is called."""

import json
from datetime import date
from pathlib import Path

from dagster_project.days import Days
from dagster_project.settings import Chain, Settings
from dagster_project.warehouse.dbt_arguments import build_arguments, check_arguments, dbt_environment

DAYS = Days(date(2023, 1, 5), date(2023, 2, 1))


def test_a_build_names_its_window() -> None:
    *command, variables = build_arguments(DAYS)
    assert command == ["build", "--exclude-resource-type", "unit_test", "--vars"]
    assert json.loads(variables) == {"start_day": "2023-01-05", "end_day": "2023-02-01"}


def test_a_build_can_be_restricted() -> None:
    assert build_arguments(DAYS, "source:lake.prices+")[:3] == ["build", "--select", "source:lake.prices+"]


def test_a_check_builds_nothing() -> None:
    assert check_arguments(DAYS)[0] == "test"


def test_dbt_gets_absolute_paths_and_no_secret(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, chain=Chain.REGTEST, memory_limit="1GB", threads=1)
    environment = dbt_environment(settings)
    assert environment["SATLEDGER_HOME"] == str(tmp_path)
    assert environment["SATLEDGER_CHAIN"] == "regtest"
    assert environment["SATLEDGER_TEMP_DIR"] == str(tmp_path / "temp")
    assert "SATLEDGER_NODE_URL" not in environment
