"""Whatever part of the assets is selected in Dagster, exactly that part is built."""

import json
import random
import shutil
from collections.abc import Collection, Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from dagster_project.days import ONE_DAY, Days
from dagster_project.instance import instance
from dagster_project.planning.requests import range_tags
from dagster_project.planning.run_failure import failure
from dagster_project.settings import Chain, Settings, Source
from dagster_project.warehouse.selection import selector
from dagster_project.warehouse.state import built_days
from dagster_project.warehouse.translator import ModelTranslator
from tests.cli.command import tables
from tests.warm.programs import warm_dbt

FIRST = date(2022, 1, 1)
DAYS = Days(FIRST, date(2022, 1, 3))


class Ui:
    """Dagster on a home, as its UI starts runs: of some assets and days."""

    def __init__(self, settings: Settings, opened: dg.DagsterInstance) -> None:
        from dagster_project.definitions import defs

        self.settings = settings
        self.graph = defs.resolve_asset_graph()
        self._job = defs.resolve_implicit_global_asset_job_def()
        self._opened = opened

    @property
    def assets(self) -> set[dg.AssetKey]:
        return set(self.graph.materializable_asset_keys)

    def run(self, assets: Collection[dg.AssetKey], days: Days) -> dg.ExecuteInProcessResult:
        return self._job.execute_in_process(
            instance=self._opened, asset_selection=sorted(assets), tags=range_tags(days), raise_on_error=False
        )

    def materialize(self, assets: Collection[dg.AssetKey], days: Days = DAYS) -> None:
        """Materialize assets, and fail unless these and their checks were done, and nothing else."""
        result = self.run(assets, days)
        assert result.success, str(failure(result.all_events))
        done = {event.asset_key for event in result.get_asset_materialization_events()}
        assert done == set(assets)
        evaluations = result.get_asset_check_evaluations()
        expected = {key for key in self.graph.asset_check_keys if key.asset_key in assets}
        assert {evaluation.asset_check_key for evaluation in evaluations} == expected
        assert all(evaluation.passed for evaluation in evaluations)

    def attempt(self, assets: Collection[dg.AssetKey], days: Days) -> bool:
        """Try to materialize assets: all of them are, or one sentence of satledger's says what to select."""
        result = self.run(assets, days)
        done = {event.asset_key for event in result.get_asset_materialization_events()}
        if result.success:
            assert done == set(assets)
        else:
            said = str(failure(result.all_events))
            assert not said.startswith("The run failed") and "select " in said, said
            assert "\n" not in said and said.endswith(".")
            assert done < set(assets)
        return result.success

    def groups(self) -> dict[str | None, set[dg.AssetKey]]:
        """The assets of each group."""
        groups: dict[str | None, set[dg.AssetKey]] = {}
        for key in self.assets:
            groups.setdefault(self.graph.get(key).group_name, set()).add(key)
        return groups

    def independent(self) -> set[dg.AssetKey]:
        """What a backfill of all assets begins with: assets that wait for none without partitions, and seeds."""
        waiting = {key for key in self.assets if not self.graph.get(key).is_partitioned}
        dependent: set[dg.AssetKey] = set()
        while waiting:
            children = self.graph.get(waiting.pop()).child_keys
            waiting |= children - dependent
            dependent |= children
        return {key for key in self.assets - dependent if self.graph.get(key).is_partitioned}

    def tables(self) -> dict[str, list[tuple[object, ...]]]:
        return tables(self.settings.published)


@pytest.fixture(scope="module")
def sample_settings(tmp_path_factory: pytest.TempPathFactory, few_headers: Path) -> Iterator[Settings]:
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("home")
        settings = Settings(home=home, chain=Chain.SAMPLE, source=Source.SAMPLE, headers=few_headers)
        for name in ("home", "chain", "source", "headers"):
            patch.setenv(f"SATLEDGER_{name.upper()}", str(getattr(settings, name)))
        warm_dbt()
        yield settings


@pytest.fixture(scope="module")
def ui(sample_settings: Settings) -> Iterator[Ui]:
    with instance(sample_settings) as opened:
        yield Ui(sample_settings, opened)


@pytest.fixture(scope="module")
def built(ui: Ui) -> Ui:
    """A home with some days, built from nothing the way a backfill of all assets builds it: in three runs."""
    unpartitioned = {key for key in ui.assets if not ui.graph.get(key).is_partitioned}
    first = ui.independent()
    assert first < ui.assets - unpartitioned
    ui.materialize(first)
    assert not ui.settings.published.exists()
    ui.materialize(unpartitioned)
    ui.materialize(ui.assets - unpartitioned - first)
    return ui


def test_dbt_finds_every_node_by_its_selector_and_no_other() -> None:
    from dagster_dbt.utils import select_unique_ids

    from dagster_project.warehouse.assets import MANIFEST

    for key, node in MANIFEST["nodes"].items():
        found = select_unique_ids(selector(node), "", "", None, MANIFEST)
        # Here dbt adds the tests of what it found, which a build tells it not to do.
        assert {other for other in found if "test" not in other.split(".")[0] or other == key} == {key}


def test_a_backfill_in_several_runs_is_the_same_as_one_run(built: Ui) -> None:
    in_parts = built.tables()
    assert max(in_parts["built_days"])[0] == DAYS.last
    built.materialize(built.assets)
    assert built.tables() == in_parts


@pytest.mark.long
def test_each_group_alone(built: Ui) -> None:
    groups = built.groups()
    assert {"seeds", "exchanges", "staging", "ledger", "metrics", "publish"} <= groups.keys()
    before = built.tables()
    for assets in groups.values():
        built.materialize(assets)
    assert built.tables() == before


@pytest.mark.parametrize("number", [2, pytest.param(10, marks=pytest.mark.long)])
def test_random_selections(built: Ui, number: int) -> None:
    before = built.tables()
    chance = random.Random(13)
    for _ in range(number):
        assets = {key for key in sorted(built.assets) if chance.random() < chance.choice((0.05, 0.3, 0.8))}
        built.materialize(assets)
    assert built.tables() == before


def test_any_selection_of_an_empty_home_is_refused_in_one_sentence_where_it_is_not_built(
    ui: Ui, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SATLEDGER_HOME", str(tmp_path))
    day = Days(FIRST, FIRST)
    groups = ui.groups()
    assert not ui.attempt(groups["publish"], day)
    assert not ui.attempt(groups["metrics"], day)
    assert ui.attempt(groups["chain"], day)
    refused = {group for group, assets in groups.items() if group != "chain" and not ui.attempt(assets, day)}
    assert {"exchanges", "ledger", "metrics", "publish"} <= refused
    # Of the seeds a run before has built, and what is not loaded has no rows.
    assert not {"seeds", "labels", "prices", "headers"} & refused
    assert ui.attempt(ui.assets - {dg.AssetKey("exchange_labels")}, day)


@pytest.mark.long
def test_any_selection_of_a_new_day_is_built_or_refused_in_one_sentence(built: Ui) -> None:
    day = max(built_days(built.settings.published)) + ONE_DAY
    days = Days(day, day)
    chance = random.Random(15)
    but_one = [built.assets - {key} for key in chance.sample(sorted(built.assets - built.groups()["chain"]), 1)]
    some = [set(chance.sample(sorted(built.assets), number)) for number in (1, 3, 20)]
    tried = [built.attempt(assets, days) for assets in (*some, *but_one, built.assets - {dg.AssetKey("raw_days")})]
    assert False in tried
    built.materialize(built.assets, days)
    assert max(built_days(built.settings.published)) == day


def test_types_and_rows_are_shown(built: Ui) -> None:
    """Columns with their types as a reload of the definitions shows them, and rows of tables and views."""
    from dagster_project.warehouse.assets import MANIFEST
    from dagster_project.warehouse.columns import recorded_types, with_types

    manifest = with_types(json.loads(json.dumps(MANIFEST)), recorded_types(built.settings))
    stored = [node for node in manifest["nodes"].values() if node["resource_type"] in ("model", "seed")]
    columns = {
        (node["name"], name): column["data_type"]
        for node in stored
        if node["config"]["materialized"] != "ephemeral"
        for name, column in node["columns"].items()
    }
    assert len(columns) > 300
    assert [key for key, kind in columns.items() if not kind] == []
    assert columns["balance_updates", "value"] == "BIGINT"
    translated = ModelTranslator().get_asset_spec(manifest, "model.satledger.balance_updates", None)
    schema = translated.metadata["dagster/column_schema"]
    assert {column.name: column.type for column in schema.columns}["value"] == "BIGINT"

    names = ("balance_updates", "ledger_days", "metrics_daily", "exchanges")
    events = built.run({dg.AssetKey(name) for name in names}, DAYS).get_asset_materialization_events()
    metadata = {event.asset_key.to_user_string(): event.materialization.metadata for event in events if event.asset_key}
    for name in names:
        key = "rows of these days" if name in ("balance_updates", "metrics_daily") else "dagster/row_count"
        day = "time" if name == "metrics_daily" else "day"
        days = f" where {day} between '{DAYS.first}' and '{DAYS.last}'" if key.startswith("rows") else ""
        with duckdb.connect(built.settings.warehouse, read_only=True) as connection:
            (expected,) = connection.execute(f"select count(*) from {name}{days}").fetchall()
        assert (metadata[name][key].value,) == expected


def test_what_is_read_and_not_built_is_named(built: Ui) -> None:
    day = max(built_days(built.settings.published)) + ONE_DAY
    days = Days(day, day)
    before = built.tables()
    result = built.run({dg.AssetKey("metrics_daily")}, days)
    assert str(failure(result.all_events)) == (
        f"The lake does not hold {day}: select raw_days and all that is built from it, or all assets."
    )
    built.materialize({dg.AssetKey("raw_days")}, days)
    result = built.run({dg.AssetKey("ledger_days")}, days)
    said = str(failure(result.all_events))
    assert said.startswith("blocks, ") and f" are not built on {day}, and the assets selected read them" in said
    assert said.endswith("select them as well, or all assets.")
    result = built.run({dg.AssetKey("built_days")}, days)
    assert f"not built on {day}" in str(failure(result.all_events))
    assert built.tables() == before


def test_a_check_alone(built: Ui) -> None:
    from dagster_project.definitions import defs

    key = next(key for key in built.graph.asset_check_keys if key.name == "book_balances")
    job = dg.define_asset_job("one_check", selection=dg.AssetSelection.checks(key)).resolve(
        asset_graph=defs.resolve_asset_graph()
    )
    result = job.execute_in_process(instance=built._opened, resources=defs.resources, raise_on_error=False)
    assert result.success, str(failure(result.all_events))
    assert [evaluation.asset_check_key for evaluation in result.get_asset_check_evaluations()] == [key]


def test_a_part_on_replaced_blocks_is_refused(built: Ui, tmp_path: Path) -> None:
    copy = tmp_path / "home"
    shutil.copytree(built.settings.home, copy)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SATLEDGER_HOME", str(copy))
        with duckdb.connect(copy / "warehouse.duckdb") as connection:
            connection.execute("update built_days set fingerprint = 'other' where day = ?", [DAYS.last])
        settings = Settings()
        with instance(settings) as opened:
            result = Ui(settings, opened).run({dg.AssetKey("metrics_daily")}, DAYS)
    assert "select all assets, or run the job daily_build" in str(failure(result.all_events))
