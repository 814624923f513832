"""A warehouse of another version of the models is refused in one sentence."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from dagster_project.errors import SatledgerError
from dagster_project.settings import Settings
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
def test_other_layouts(change: str, what: str, regtest_home: Home, tmp_path: Path) -> None:
    manifest = json.loads(ensure_manifest(Settings()).read_text())
    warehouse = Path(shutil.copy(regtest_home.settings.warehouse, tmp_path / "warehouse.duckdb"))
    refuse_other_layout(warehouse, manifest)
    with duckdb.connect(warehouse) as connection:
        connection.execute(change)
    with pytest.raises(SatledgerError, match=what):
        refuse_other_layout(warehouse, manifest)


def test_no_warehouse(tmp_path: Path) -> None:
    refuse_other_layout(tmp_path / "warehouse.duckdb", {"nodes": {}})
