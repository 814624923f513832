"""A warehouse of another version of the models is refused in one sentence."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from dagster_project.errors import SatledgerError
from dagster_project.settings import Engine, Settings
from dagster_project.warehouse.layout import refuse_other_layout
from dagster_project.warehouse.manifest import ensure_manifest
from tests.warehouse.harness import Home


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("alter table outputs rename account_id to account", "its table outputs has other columns"),
        ("drop table user_accounts cascade", "it lacks the table user_accounts"),
    ],
)
@pytest.mark.parametrize(("engine", "kept"), [(Engine.DUCKDB, "warehouse.duckdb"), (Engine.SPARK, "spark")])
def test_other_layouts(change: str, what: str, engine: Engine, kept: str, regtest_home: Home, tmp_path: Path) -> None:
    manifest = json.loads(ensure_manifest(Settings()).read_text())
    settings = Settings(home=tmp_path, engine=engine)
    settings.warehouse.parent.mkdir(exist_ok=True)
    shutil.copy(regtest_home.settings.warehouse, settings.warehouse)
    refuse_other_layout(settings, manifest)
    with duckdb.connect(settings.warehouse) as connection:
        connection.execute(change)
    with pytest.raises(SatledgerError, match=f"{tmp_path / kept} was built by another version .*{what}.*move it away"):
        refuse_other_layout(settings, manifest)


def test_no_warehouse(tmp_path: Path) -> None:
    refuse_other_layout(Settings(home=tmp_path), {"nodes": {}})
