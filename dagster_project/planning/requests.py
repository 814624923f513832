"""Runs that the schedule and the sensor ask Dagster for: the plan's, one at a time."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import dagster as dg

from dagster_project.chain.sources import open_source
from dagster_project.days import Days
from dagster_project.errors import SatledgerError
from dagster_project.home import building
from dagster_project.inputs.files import files_read
from dagster_project.instance import PID_TAG
from dagster_project.planning.plan import DAYS_PER_RUN, Reading, Step, Targets, Wanted, latest, plan
from dagster_project.planning.state import BuildState, read_state
from dagster_project.settings import Settings
from dagster_project.warehouse.inputs import INPUTS

RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"

_UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def range_tags(days: Days) -> dict[str, str]:
    """Tags that make a run one over a range of days."""
    return {RANGE_START: days.first.isoformat(), RANGE_END: days.last.isoformat()}


def next_run(
    settings: Settings, opened: dg.DagsterInstance, manifest: Mapping[str, Any], night: datetime | None = None
) -> dg.RunRequest | dg.SkipReason:
    """The run to start now, or why none is.

    Args:
        settings: name the source and the home.
        opened: Dagster's instance; while a run of it is under way, no other is asked for.
        manifest: dbt's.
        night: the moment that the schedule stands for, at which services are asked as well; None for the sensor.
    """
    if waiting := _under_way(opened):
        return dg.SkipReason(f"run {waiting.run_id[:8]} is under way")
    try:
        # Of builds that Dagster does not watch, and for the time between a run's steps, the lock tells.
        with building(settings):
            state = read_state(settings, open_source(settings), opened)
            steps = plan(state, Wanted(reading=Reading.SERVICES if night else Reading.CHANGED))
            if not steps:
                return dg.SkipReason("all complete days are built")
            targets, days = one_run(steps)
            names = targets.resolve(manifest)
            return dg.RunRequest(
                run_key=_run_key(settings, state, steps, night),
                asset_selection=None if names is None else [dg.AssetKey(name) for name in sorted(names)],
                tags=range_tags(days) if days else {},
            )
    except SatledgerError as error:
        return dg.SkipReason(str(error))


def one_run(steps: Sequence[Step]) -> tuple[Targets, Days | None]:
    """Return the assets and days of one run that does as many of a plan's steps as one can, from the first on.

    The steps after that of reading inputs depend on what it reads. They are part of the same run, for the last day: the
    models find by themselves on which other days a changed input makes them stale.
    """
    first = steps[0]
    if first.targets.everything:
        return first.targets, first.partitions
    targets = Targets()
    for step in steps:
        targets |= step.targets
    dated = [step.days for step in steps if step.days]
    if not dated:
        return targets, None
    common = Days(max(days.first for days in dated), max(days.last for days in dated))
    return targets, latest(common, 1 if any(step.on_change for step in steps) else DAYS_PER_RUN)


def _run_key(settings: Settings, state: BuildState, steps: Sequence[Step], night: datetime | None) -> str:
    """What makes a run worth a try: the blocks, the files of the inputs, and what is published before it.

    Dagster starts no second run of a key. So one that failed is not started again until one of these has changed; and
    as each success publishes anew, the chain, or a file, may return to what was built before.
    """
    files = hashlib.sha256("".join(files_read(settings, name) for name in INPUTS).encode()).hexdigest()[:16]
    published = settings.published.stat().st_mtime_ns if settings.published.is_file() else 0
    key = f"block {state.last_block}, inputs {files}, after {published}"
    asks = night and state.services & steps[0].targets.names
    # Only asking tells whether a service has something new, so it is asked each night.
    return f"{key}, night of {night:%Y-%m-%d}" if asks else key


def _under_way(opened: dg.DagsterInstance) -> dg.DagsterRun | None:
    """A run that waits or runs; none of the command line's, which may have died without a word."""
    runs = opened.get_runs(dg.RunsFilter(statuses=_UNDER_WAY))
    return next((run for run in runs if PID_TAG not in run.tags), None)
