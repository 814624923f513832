"""A warehouse of another version of the models: what is new is built for all days, and the rest stands."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from dagster_project.errors import SatledgerError
from dagster_project.settings import Engine, Settings
from dagster_project.warehouse.layout import LAYOUT, layout_changes, record_layout, record_pending, told
from dagster_project.warehouse.manifest import ensure_manifest
from tests.warehouse.harness import Home


@pytest.fixture
def manifest() -> dict:
    return json.loads(ensure_manifest(Settings()).read_text())


def changed(home: Home, folder: Path, *statements: str, engine: Engine = Engine.DUCKDB) -> Settings:
    """A home whose warehouse was changed by some statements."""
    settings = Settings(home=folder, engine=engine)
    settings.warehouse.parent.mkdir(exist_ok=True)
    shutil.copy(home.settings.warehouse, settings.warehouse)
    with duckdb.connect(settings.warehouse) as connection:
        record_layout(connection, json.loads(ensure_manifest(Settings()).read_text()))
        for statement in statements:
            connection.execute(statement)
    return settings


def test_this_version_changes_nothing(regtest_home: Home, tmp_path: Path, manifest: dict) -> None:
    assert layout_changes(changed(regtest_home, tmp_path), manifest) == []
    assert layout_changes(Settings(home=tmp_path / "nothing"), manifest) == []


def test_another_project_makes_seeds_and_views_anew(regtest_home: Home, tmp_path: Path, manifest: dict) -> None:
    settings = changed(regtest_home, tmp_path, "update warehouse_layout set project = 'another'")
    changes = layout_changes(settings, manifest)
    assert {"metric_catalog", "metrics_daily", "accounts", "daily_prices"} <= {change.name for change in changes}
    assert not any(change.of_days for change in changes)
    assert told(changes) == "its seeds and views are those of another version"


@pytest.mark.parametrize(
    "change",
    [
        "delete from hash_rate_parameters where rowid = 1",
        "insert into hash_rate_parameters from hash_rate_parameters limit 1",
        "drop table hash_rate_parameters cascade",
        "alter table hash_rate_parameters add column more integer",
    ],
)
def test_what_reads_a_seed_with_other_rows_is_built_for_all_days(
    change: str, regtest_home: Home, tmp_path: Path, manifest: dict
) -> None:
    settings = changed(regtest_home, tmp_path, "update warehouse_layout set project = 'another'", change)
    of_days = [str(change) for change in layout_changes(settings, manifest) if change.of_days]
    assert "hash_rate_metrics reads hash_rate_parameters, which has other rows" in of_days
    assert all(line.endswith("reads hash_rate_parameters, which has other rows") for line in of_days)
    assert not any(line.startswith(("outputs", "miners_metrics")) for line in of_days)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("alter table ledger_days drop paid_fees", "ledger_days has the new column paid_fees"),
        ("alter table ledger_days add column old integer", "ledger_days no longer has old"),
        (
            "alter table outputs rename account_id to account",
            "outputs has the new column account_id and no longer has account",
        ),
        ("drop table user_accounts cascade", "user_accounts is new"),
    ],
)
def test_models_that_changed(change: str, what: str, regtest_home: Home, tmp_path: Path, manifest: dict) -> None:
    assert list(map(str, layout_changes(changed(regtest_home, tmp_path, change), manifest))) == [what]


def test_a_model_that_was_not_built_to_the_end_is_built_again(
    regtest_home: Home, tmp_path: Path, manifest: dict
) -> None:
    settings = changed(regtest_home, tmp_path, "drop table members cascade")
    changes = layout_changes(settings, manifest)
    with duckdb.connect(settings.warehouse) as connection:
        record_pending(connection, changes)
        # as it is after some of its days
        connection.execute("create table members (account_id bigint, hop integer, day date)")
        columns = next(node["columns"] for node in manifest["nodes"].values() if node["name"] == "members")
        connection.execute(f"create or replace table members ({', '.join(f'{name} integer' for name in columns)})")
    assert list(map(str, layout_changes(settings, manifest))) == ["members is new"]
    with duckdb.connect(settings.warehouse) as connection:
        record_pending(connection, [])
    assert layout_changes(settings, manifest) == []


def test_a_layout_that_means_something_else_is_refused(regtest_home: Home, tmp_path: Path, manifest: dict) -> None:
    settings = changed(
        regtest_home,
        tmp_path,
        f"create or replace table warehouse_layout as select {LAYOUT + 1} as layout, 'other' as project",
    )
    with pytest.raises(SatledgerError, match=rf"{tmp_path}/warehouse.duckdb was built by another .*--full-refresh"):
        layout_changes(settings, manifest)


@pytest.mark.parametrize("table", ["user_accounts", "unspent_output_keyframes", "account_keyframes"])
def test_another_form_of_what_later_days_are_computed_from_is_refused(
    table: str, regtest_home: Home, tmp_path: Path, manifest: dict
) -> None:
    settings = changed(regtest_home, tmp_path, f"alter table {table} rename account_id to former")
    with pytest.raises(SatledgerError, match=rf"\({table} has the new column account_id and .*--full-refresh"):
        layout_changes(settings, manifest)


def test_spark_does_not_change_columns(regtest_home: Home, tmp_path: Path, manifest: dict) -> None:
    settings = changed(regtest_home, tmp_path, "alter table ledger_days drop paid_fees", engine=Engine.SPARK)
    with pytest.raises(SatledgerError, match=rf"{tmp_path}/spark was built by another .*paid_fees.*--full-refresh"):
        layout_changes(settings, manifest)
