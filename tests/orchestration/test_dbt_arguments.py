"""How dbt is called."""

from datetime import date
from pathlib import Path

from dagster_project.days import Days
from dagster_project.settings import Chain, Settings
from dagster_project.warehouse.dbt_arguments import dbt_environment, window_environment

DAYS = Days(date(2023, 1, 5), date(2023, 2, 1))


def test_the_window_is_in_the_environment() -> None:
    assert window_environment(DAYS) == {"SATLEDGER_START_DAY": "2023-01-05", "SATLEDGER_END_DAY": "2023-02-01"}


def test_dbt_gets_absolute_paths_and_no_secret(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, chain=Chain.REGTEST, memory_limit="1GB", threads=1)
    environment = dbt_environment(settings)
    assert environment["SATLEDGER_HOME"] == str(tmp_path)
    assert environment["SATLEDGER_CHAIN"] == "regtest"
    assert environment["SATLEDGER_TEMP_DIR"] == str(tmp_path / "temp")
    assert environment["SATLEDGER_KEYFRAMES"] == ""
    assert "SATLEDGER_NODE_URL" not in environment


def test_dbt_is_told_how_many_keyframes_to_keep(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, chain=Chain.REGTEST, keyframes=3)
    assert dbt_environment(settings)["SATLEDGER_KEYFRAMES"] == "3"


def test_dbt_is_told_the_calendar_of_the_lake(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, chain=Chain.REGTEST)
    assert dbt_environment(settings)["SATLEDGER_FIRST_DAY"] == ""
    for day in ("2024-05-02", "2024-05-01"):
        folder = settings.raw / day
        folder.mkdir(parents=True)
        (folder / "manifest.json").touch()
    environment = dbt_environment(settings)
    assert environment["SATLEDGER_FIRST_DAY"] == "2024-05-01"
    assert environment["SATLEDGER_LAST_DAY"] == "2024-05-02"
