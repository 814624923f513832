"""Dagster's asset events, a batch of them stored in one transaction.

A run over a range of days records an event for each model and day before it begins, and another as each is built.
Dagster's own storages open a connection and two transactions for each of them: with SQLite 60 models on 430 days took
355 s to record, and take 12 s in batches of 1,000. Half of that was turning into JSON, again for each day, what is
equal for all days.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, cast

from dagster import AssetMaterialization, DagsterEvent, EventLogEntry
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationPlanned
from dagster._core.events import ASSET_CHECK_EVENTS, AssetMaterializationPlannedData, StepMaterializationData
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.event_log import SqlEventLogStorage
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable, SqlEventLogStorageTable
from dagster._serdes import serialize_value

Row = Mapping[str, Any]
_Record = EventLogEntry | DagsterEvent | AssetMaterialization | AssetMaterializationPlannedData


class BatchWriting(SqlEventLogStorage):
    """To be put before one of Dagster's SQL event logs; what is stored is the same."""

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store asset events of one run; the result is the same as of ``store_event`` one by one."""
        rows = list(self._rows(events))
        inserted = SqlEventLogStorageTable.insert().returning(
            SqlEventLogStorageTable.c.id, sort_by_parameter_order=True
        )
        with self.index_transaction() as connection:
            ids = list(connection.execute(inserted, rows).scalars())
            self._store_asset_event_tags(connection, events, ids)
            # The table of assets keeps the last event of each kind.
            latest = {
                (event.get_dagster_event().asset_key, event.get_dagster_event().event_type): (event, event_id)
                for event, event_id in zip(events, ids, strict=True)
            }
            for event, event_id in latest.values():
                self._store_asset_event(connection, event, event_id)
        for event, event_id in zip(events, ids, strict=True):
            if event.dagster_event_type in ASSET_CHECK_EVENTS:
                self.store_asset_check_event(event, event_id)

    def _rows(self, events: Sequence[EventLogEntry]) -> Iterator[Row]:
        template = None
        for event in events:
            parts = _parts(event)
            row = template.row(event, parts, self._event_insert_timestamp(event)) if template and parts else None
            if row is None:
                row = self._event_to_row(event)
                template = _Template.of(event, parts, row) if parts else None
            yield row

    def _store_asset_check_evaluation_planned(self, event: EventLogEntry, event_id: int | None) -> None:
        """Store a row for each partition that a check is going to be run for; Dagster's own makes JSON for each."""
        planned = cast(AssetCheckEvaluationPlanned, event.get_dagster_event().event_specific_data)
        subset = planned.partitions_subset
        row = {
            "asset_key": planned.asset_key.to_string(),
            "check_name": planned.check_name,
            "run_id": event.run_id,
            "execution_status": AssetCheckExecutionRecordStatus.PLANNED.value,
            "evaluation_event": serialize_value(event),
            "evaluation_event_timestamp": self._event_insert_timestamp(event),
            "evaluation_event_storage_id": event_id,
        }
        rows = [row | {"partition": partition} for partition in (subset.get_partition_keys() if subset else [None])]
        with self.index_connection() as connection:
            connection.execute(AssetCheckExecutionsTable.insert(), rows)


@dataclass(frozen=True)
class _Parts:
    """An event of one partition: the partition, and all else but its time."""

    partition: str
    rest: tuple[Any, ...]


@dataclass(frozen=True)
class _Template:
    """The row of an event, for events that differ from it in their partition and time only.

    Attributes:
        rest: what these events have in common.
        shared: the row.
        texts: its JSON before the partition, between partition and time, and after the time.
    """

    rest: tuple[Any, ...]
    shared: Row
    texts: tuple[str, str, str]

    @classmethod
    def of(cls, event: EventLogEntry, parts: _Parts, row: Row) -> Self | None:
        """The template of an event; none if its JSON has the same partition or time in a second place."""
        pieces = row["event"].split(_partition(parts.partition))
        if len(pieces) != 2:
            return None
        times = pieces[1].split(_time(event))
        return cls(parts.rest, row, (pieces[0], *times)) if len(times) == 2 else None

    def row(self, event: EventLogEntry, parts: _Parts, timestamp: object) -> Row | None:
        """The row of another event; none if it differs in more."""
        if parts.rest != self.rest:
            return None
        before, between, after = self.texts
        text = before + _partition(parts.partition) + between + _time(event) + after
        return {**self.shared, "event": text, "timestamp": timestamp, "partition": parts.partition}


def _partition(partition: str) -> str:
    return f'"partition": {json.dumps(partition)}'


def _time(event: EventLogEntry) -> str:
    return f'"timestamp": {json.dumps(event.timestamp)}'


def _parts(event: EventLogEntry) -> _Parts | None:
    """Take an event apart; none if it is no event of an asset's partition."""
    dagster_event = event.get_dagster_event()
    data = dagster_event.event_specific_data
    if isinstance(data, StepMaterializationData):
        made, others = data.materialization, (data.asset_lineage,)
    elif isinstance(data, AssetMaterializationPlannedData):
        made, others = data, ()
    else:
        return None
    if made.partition is None:
        return None
    rest = (
        _without(event, "timestamp", "dagster_event"),
        _without(dagster_event, "event_specific_data"),
        _without(made, "partition"),
        others,
    )
    return _Parts(made.partition, rest)


def _without(record: _Record, *names: str) -> tuple[Any, ...]:
    """The fields of a named tuple but for some."""
    return tuple(value for name, value in zip(record._fields, record, strict=True) if name not in names)
