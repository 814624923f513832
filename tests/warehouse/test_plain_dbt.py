"""dbt by hand: what it compiles is what runs, and what its users configure works."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from dagster_project.settings import DBT_PROJECT, SEEDS, Settings
from dagster_project.warehouse.dbt_arguments import dbt_environment
from dagster_project.warehouse.manifest import ensure_manifest
from tests.warehouse.harness import Home

Dbt = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def built(regtest_home: Home, tmp_path: Path) -> Home:
    """A copy of a home that is built."""
    shutil.copytree(regtest_home.settings.home, tmp_path / "home", ignore=shutil.ignore_patterns("target", "logs"))
    return Home(regtest_home.settings.model_copy(update={"home": tmp_path / "home"}))


def compiled(home: Home) -> dict[str, str]:
    """The SQL of every model in dbt's target folder."""
    folder = home.settings.home / "target" / "compiled" / "satledger" / "models"
    return {path.stem: path.read_text() for path in folder.rglob("*.sql")}


def test_what_dbt_compiles_is_what_runs(built: Home) -> None:
    first, last = date(2024, 3, 1), date(2024, 3, 9)
    assert built.dbt("compile", first=first, last=last).returncode == 0
    told = compiled(built)
    shutil.rmtree(built.settings.home / "target")
    assert built.dbt("build", "--exclude-resource-type", "unit_test", first=first, last=last).returncode == 0
    ran = compiled(built)
    assert len(ran) > 30
    assert {name: told[name] for name in ran} == ran


def test_a_model_and_what_follows_by_hand(built: Home) -> None:
    before = built.contents()
    for model in ("outputs+", "transactions+", "hash_rate_days+"):
        done = built.dbt(
            "build",
            "--exclude-resource-type",
            "unit_test",
            "--select",
            model,
            start_day="2024-03-01",
            end_day="2024-03-09",
        )
        assert done.returncode == 0, done.stdout
        assert built.contents() == before, model


def test_every_table_that_a_model_reads_is_in_the_lineage(built: Home) -> None:
    """Refs and sources are all that its SQL names."""
    assert built.dbt("compile").returncode == 0
    manifest = json.loads(ensure_manifest(Settings()).read_text())
    nodes = {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == "model"}

    def named(key: str) -> set[str]:
        """The tables that something may name: its own parents, and those of ephemeral ones among them."""
        known = manifest["nodes"].get(key) or manifest["sources"][key]
        if known.get("config", {}).get("materialized") != "ephemeral":
            return {known["name"]}
        return set().union(*map(named, manifest["parent_map"][key]))

    for name, sql in compiled(built).items():
        read = set(re.findall(r'"warehouse"\."main"\."(\w+)"', sql)) - {name}
        parents = set().union(*map(named, manifest["parent_map"][nodes[name]["unique_id"]]))
        assert read <= parents, name


@pytest.fixture
def copied_project(built: Home, tmp_path: Path) -> Path:
    """A copy of the dbt project, to change."""
    shutil.copytree(DBT_PROJECT, tmp_path / "dbt", ignore=shutil.ignore_patterns("target", "logs"))
    shutil.copytree(SEEDS, tmp_path / "seeds")
    return tmp_path / "dbt"


def run_copy(project: Path, home: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run dbt on a copy of the project."""
    folders = ["--project-dir", str(project), "--profiles-dir", str(project)]
    return subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", *arguments, *folders],
        env=os.environ | dbt_environment(home.settings),
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_users_configure_works(copied_project: Path, built: Home) -> None:
    """Hooks, contracts, descriptions and new columns, of a daily model and of a view."""
    models = copied_project / "models" / "ledger"
    hooks = "pre_hook='create table if not exists told as select 0 as n', post_hook='insert into told values ({})'"
    daily = "{{ config(persist_docs={'relation': true}, " + hooks.format(1) + ") }}\n"
    daily += "select day, height, {} from {{ ref('blocks') }} where {{ in_window() }}\n"
    view = "{{ config(materialized='view', " + hooks.format(2) + ") }}\nselect day from {{ ref('mine') }}\n"
    (models / "mine.sql").write_text(daily.replace(", {}", ""))
    (models / "mine_view.sql").write_text(view)
    (models / "_mine.yml").write_text("models:\n  - name: mine\n    description: What I count.\n")

    def build(first: str, last: str) -> subprocess.CompletedProcess[str]:
        window = json.dumps({"start_day": first, "end_day": last})
        return run_copy(copied_project, built, "build", "--select", "mine+", "--vars", window)

    done = build("2024-03-01", "2024-03-05")
    assert done.returncode == 0, done.stdout
    (models / "mine.sql").write_text(daily.replace("{}", "hash as name"))
    done = build("2024-03-05", "2024-03-09")
    assert done.returncode == 0, done.stdout
    with duckdb.connect(built.settings.warehouse) as connection:
        assert connection.execute("select n, count(*) from told group by n order by n").fetchall() == [
            (0, 1),
            (1, 2),
            (2, 2),
        ]
        assert connection.execute("select comment from duckdb_tables() where table_name = 'mine'").fetchall() == [
            ("What I count.",)
        ]
        filled = "select min(day), max(day), count(*) = count(height) from mine where name is not null"
        assert connection.execute(filled).fetchall() == [(date(2024, 3, 5), date(2024, 3, 9), True)]
        assert connection.execute("select count(distinct day) from mine_view").fetchall() == [(9,)]

    contract = (
        "models:\n  - name: mine\n    config: {contract: {enforced: true}, on_schema_change: append_new_columns}\n"
    )
    contract += "    columns:\n"
    contract += "      - {name: day, data_type: date}\n      - {name: height, data_type: varchar}\n"
    (models / "_mine.yml").write_text(contract + "      - {name: name, data_type: varchar}\n")
    done = build("2024-03-09", "2024-03-09")
    assert done.returncode == 1
    assert "contract" in done.stdout
    assert "height" in done.stdout
