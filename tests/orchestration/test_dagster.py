"""Dagster's side: the asset graph, the event log and the recovery of runs."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.event_log import BatchedEventLogStorage
from dagster_project.instance import PID_TAG, instance_config, recover
from dagster_project.resources import Warehouse, resources
from dagster_project.settings import Settings

PARTITIONS = dg.DailyPartitionsDefinition(start_date="2023-01-01")
RANGE = {
    "dagster/asset_partition_range_start": "2023-01-01",
    "dagster/asset_partition_range_end": "2023-01-20",
}


@dg.asset(partitions_def=PARTITIONS, backfill_policy=dg.BackfillPolicy.single_run(), pool="warehouse")
def counted() -> dg.MaterializeResult:
    """An asset to record events of."""
    return dg.MaterializeResult(metadata={"rows": 3})


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    import yaml

    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "7")
    (tmp_path / "dagster.yaml").write_text(yaml.safe_dump(instance_config(tmp_path)), encoding="utf-8")
    with dg.DagsterInstance.from_config(str(tmp_path)) as opened:
        yield opened


def run(instance: dg.DagsterInstance) -> str:
    job = dg.Definitions(assets=[counted]).resolve_implicit_global_asset_job_def()
    return job.execute_in_process(instance=instance, tags=RANGE).run_id


def test_batched_events_are_read_back_like_single_ones(instance: dg.DagsterInstance) -> None:
    run_id = run(instance)
    with dg.DagsterInstance.ephemeral() as plain:
        plain_id = run(plain)
        key = counted.key

        def told(one: dg.DagsterInstance, of_run: str) -> list[tuple[object, object]]:
            logs = one.all_logs(of_run)
            return [(log.dagster_event_type, log.get_dagster_event().partition) for log in logs if log.dagster_event]

        asset_events = dg.DagsterEventType.ASSET_MATERIALIZATION, dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED
        batched = [event for event in told(instance, run_id) if event[0] in asset_events]
        assert batched == [event for event in told(plain, plain_id) if event[0] in asset_events]
        assert len(batched) == 40
        assert instance.get_materialized_partitions(key) == plain.get_materialized_partitions(key)
    records = instance.fetch_materializations(key, limit=100).records
    assert sorted(str(record.partition_key) for record in records) == [f"2023-01-{day:02}" for day in range(1, 21)]
    latest = instance.get_latest_materialization_event(key)
    assert latest is not None
    assert latest.run_id == run_id


@pytest.mark.parametrize(
    "left",
    [
        "",
        "drop table asset_keys; delete from alembic_version; delete from secondary_indexes",
        "delete from alembic_version; delete from secondary_indexes",
        "delete from secondary_indexes",
    ],
)
def test_an_event_log_whose_set_up_was_killed_is_set_up(tmp_path: Path, left: str) -> None:
    path = tmp_path / "event_log.db"
    if "delete" in left:
        BatchedEventLogStorage(str(tmp_path)).dispose()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(left)
    storage = BatchedEventLogStorage(str(tmp_path))
    assert storage.get_event_records(dg.EventRecordsFilter(dg.DagsterEventType.RUN_START)) == []
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("select count(*) from alembic_version").fetchone() == (1,)
        assert connection.execute("select count(*) from secondary_indexes").fetchone() == (2,)


def test_pools_let_one_writer_in(instance: dg.DagsterInstance) -> None:
    run(instance)
    assert instance.event_log_storage.get_concurrency_info("warehouse").slot_count == 1


def test_a_run_whose_process_died_is_failed_and_frees_its_slot(instance: dg.DagsterInstance) -> None:
    storage = instance.event_log_storage
    run(instance)
    dead = instance.create_run_for_job(
        dg.Definitions(assets=[counted]).resolve_implicit_global_asset_job_def(),
        tags={PID_TAG: str(os.getpid())},
    )
    instance.report_dagster_event(
        dg.DagsterEvent(dg.DagsterEventType.RUN_START.value, dead.job_name), run_id=dead.run_id
    )
    storage.claim_concurrency_slot("warehouse", dead.run_id, "counted")
    assert storage.get_concurrency_info("warehouse").active_slot_count == 1
    assert recover(instance) == [dead.run_id]
    assert storage.get_concurrency_info("warehouse").active_slot_count == 0
    stored = instance.get_run_by_id(dead.run_id)
    assert stored is not None
    assert stored.status is dg.DagsterRunStatus.FAILURE
    assert recover(instance) == []


def test_the_graph_is_readable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SATLEDGER_HOME", str(tmp_path))
    from dagster_project.definitions import defs

    graph = defs.resolve_asset_graph()
    for key in graph.materializable_asset_keys:
        node = graph.get(key)
        assert node.group_name != "default", key
        assert node.owners == ["team:satledger"], key
        assert node.description, key
        assert node.kinds, key
    # Tables as earlier runs left them, and what is read along with raw days: the assets that no run is asked for.
    assert {key.path[0] for key in graph.external_asset_keys} == {"earlier", "next_hour"}
    assert all(graph.get(key).description for key in graph.external_asset_keys)
    assert dg.AssetKey("balance_updates") in graph.get(dg.AssetKey("published_copy")).parent_keys
    # Every dbt test is somebody's check: none is left to be a mere observation.
    from dagster_project.warehouse.assets import MANIFEST

    tests = {node["name"] for node in MANIFEST["nodes"].values() if node["resource_type"] == "test"}
    assert tests <= {key.name for key in graph.asset_check_keys}


def test_all_that_writes_the_warehouse_shares_a_pool_of_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SATLEDGER_HOME", str(tmp_path))
    from dagster_project.definitions import defs

    graph = defs.resolve_asset_graph()
    pools = {key.to_user_string(): graph.get(key).pools for key in graph.materializable_asset_keys}
    assert pools["balance_updates"] == pools["metrics_daily"] == pools["published_copy"] == {"warehouse"}


def test_checks_are_where_people_look_for_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SATLEDGER_HOME", str(tmp_path))
    from dagster_project.definitions import defs

    checks: dict[str, set[str]] = {}
    for key in defs.resolve_asset_graph().asset_check_keys:
        checks.setdefault(key.asset_key.to_user_string(), set()).add(key.name)
    assert checks["balance_updates"] >= {"transactions_balance", "fees_balance"}
    assert checks["account_days"] >= {"balances_not_negative"}
    assert checks["spent_outputs"] >= {"outputs_spent_once"}
    assert "ledger_entries" not in checks


def test_what_satledger_offers_is_in_the_documentation() -> None:
    from dagster_project.warehouse.assets import MANIFEST

    assert MANIFEST["docs"]["doc.satledger.__overview__"]["block_contents"].startswith("# satledger")
    exposures = {exposure["name"]: exposure for exposure in MANIFEST["exposures"].values()}
    assert exposures.keys() == {"http_api", "page"}
    for exposure in exposures.values():
        assert "model.satledger.metrics_daily" in exposure["depends_on"]["nodes"]
    # Its links lead to tables that there are.
    links = MANIFEST["docs"]["doc.satledger.__overview__"]["block_contents"].split("#!/")[1:]
    found = [link.partition(")")[0].partition("/")[2] for link in links]
    assert len(found) >= 9
    assert set(found) <= MANIFEST["nodes"].keys() | MANIFEST["exposures"].keys()


def test_the_warehouse_written_is_that_of_the_settings_now(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # What a build remembers went into the home that the definitions were loaded with, its rows into the one of now.
    opened = resources(Settings(home=tmp_path / "then"))["warehouse"]
    assert isinstance(opened, Warehouse)
    now = tmp_path / "now"
    now.mkdir()
    monkeypatch.setenv("SATLEDGER_HOME", str(now))
    with opened.get_connection() as connection:
        connection.execute("create table written (i int)")
    assert (now / "warehouse.duckdb").is_file()
    assert not (tmp_path / "then").exists()
