"""A batch of Dagster's events is stored as Dagster stores them one by one."""

import itertools
import sqlite3
from contextlib import closing
from pathlib import Path

import dagster as dg
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluation,
    AssetCheckEvaluationPlanned,
)
from dagster._core.events import AssetMaterializationPlannedData, StepMaterializationData
from dagster._core.storage.event_log import ConsolidatedSqliteEventLogStorage, SqlEventLogStorage

from dagster_project.event_log import BatchedEventLogStorage

DAYS = ("2022-01-01", "2022-01-02", "2022-01-03")
EACH_DAY = dg.TimeWindowPartitionsDefinition(start="2022-01-01", fmt="%Y-%m-%d", cron_schedule="0 0 * * *")
OUTPUTS, INPUTS = dg.AssetKey("outputs"), dg.AssetKey("inputs")


def entry(kind: dg.DagsterEventType, data: object, time: float = 0) -> dg.EventLogEntry:
    """An event of the run, as the log has it, so many seconds after its start."""
    event = dg.DagsterEvent(kind.value, "daily_build", step_key="models", event_specific_data=data)  # pyright: ignore[reportArgumentType]
    return dg.EventLogEntry(None, 10, "", "the run", 1_640_995_200.0 + time, "models", "daily_build", event)


def planned() -> list[dg.EventLogEntry]:
    """What Dagster stores before the run begins."""
    kind = dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED
    of_days = [entry(kind, AssetMaterializationPlannedData(INPUTS, day), time) for time, day in enumerate(DAYS)]
    of_all = EACH_DAY.subset_with_partition_keys(DAYS)
    checks = [
        AssetCheckEvaluationPlanned(asset_key=INPUTS, check_name="has_no_gap"),
        AssetCheckEvaluationPlanned(asset_key=INPUTS, check_name="adds_up", partitions_subset=of_all),
    ]
    of_checks = [entry(dg.DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED, check) for check in checks]
    return [*of_days, *of_checks, entry(kind, AssetMaterializationPlannedData(OUTPUTS))]


def made() -> list[dg.EventLogEntry]:
    """What it stores as the assets are made: days that are alike, and days that differ in a tag, or name their day."""
    kind = dg.DagsterEventType.ASSET_MATERIALIZATION
    alike = [dg.AssetMaterialization(INPUTS, metadata={"rows": 7}, partition=day) for day in DAYS]
    tagged = [dg.AssetMaterialization(INPUTS, partition=day, tags={"seen": day}) for day in DAYS]
    named = [dg.AssetMaterialization(INPUTS, partition=day, tags={"partition": DAYS[0]}) for day in DAYS]
    # the time of the first of them, as the event's own JSON has it
    time = {"of": {"timestamp": 1_640_995_200.9}}
    timed = [dg.AssetMaterialization(OUTPUTS, metadata=time, partition=day) for day in DAYS]
    return [
        entry(kind, StepMaterializationData(each), time / 10)
        for time, each in enumerate(itertools.chain(alike, tagged, named, timed, alike[::-1]))
    ]


def evaluated() -> dg.EventLogEntry:
    """A check's result, which is stored by itself."""
    return entry(dg.DagsterEventType.ASSET_CHECK_EVALUATION, AssetCheckEvaluation(INPUTS, "has_no_gap", True, {}))


def rows(path: Path) -> dict[str, list[tuple]]:
    """All rows of the tables of events, without the times at which the rows themselves were written."""
    found = {}
    with closing(sqlite3.connect(path)) as connection:
        for name in ("event_logs", "asset_keys", "asset_event_tags", "asset_check_executions"):
            columns = [row[1] for row in connection.execute(f"pragma table_info({name})")]
            kept = ", ".join(f'"{each}"' for each in columns if each != "create_timestamp")
            found[name] = sorted(connection.execute(f"select {kept} from {name}").fetchall(), key=repr)
    return found


def test_a_batch_is_stored_as_its_events_one_by_one(tmp_path: Path) -> None:
    batched = BatchedEventLogStorage(str(tmp_path / "batched"))
    singly = ConsolidatedSqliteEventLogStorage(str(tmp_path / "singly"))
    for storage in (batched, singly):
        assert isinstance(storage, SqlEventLogStorage)
        storage.store_event_batch(planned())
        storage.store_event_batch(made())
        storage.store_event(evaluated())
    found = rows(tmp_path / "batched" / "event_log.db")
    assert len(found["event_logs"]) == 22
    assert len(found["asset_check_executions"]) == 4
    assert found == rows(tmp_path / "singly" / "event_log.db")
