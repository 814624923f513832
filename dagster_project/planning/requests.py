"""The runs that the schedule and the sensor request from Dagster: those of the plan, one at a time."""

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
    """Tags that make a run cover a range of days."""
    return {RANGE_START: days.first.isoformat(), RANGE_END: days.last.isoformat()}


def next_run(
    settings: Settings, opened: dg.DagsterInstance, manifest: Mapping[str, Any], night: datetime | None = None
) -> dg.RunRequest | dg.SkipReason:
    """The run to start now, or the reason why none is started.

    Args:
        settings: name the source and the home.
        opened: Dagster's instance; no run is requested while another is under way.
        manifest: dbt's manifest.
        night: the scheduled time of the nightly run, which also asks the services; None for the sensor.
    """
    if waiting := _under_way(opened):
        return dg.SkipReason(f"run {waiting.run_id[:8]} is under way")
    try:
        # The lock also shows builds that Dagster does not know of, and covers the time between a run's steps.
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
    """Return the assets and days of a single run that covers as many steps of a plan as possible, from the first on.

    The steps after the one that reads inputs depend on what it reads. They are part of the same run, for the last day:
    the build finds the other days that a changed input makes stale.
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
    """The key of a run: the last block, the files of the inputs, and the time of the last publication.

    Dagster never starts two runs with the same key, so a failed run is not repeated until one of these changes. The
    time is part of it so that a chain or a file that returns to an earlier state is built again.
    """
    files = hashlib.sha256("".join(files_read(settings, name) for name in INPUTS).encode()).hexdigest()[:16]
    published = settings.published.stat().st_mtime_ns if settings.published.is_file() else 0
    key = f"block {state.last_block}, inputs {files}, after {published}"
    asks = night and state.services & steps[0].targets.names
    # Whether a service has new data is only known by asking it, so it is asked each night.
    return f"{key}, night of {night:%Y-%m-%d}" if asks else key


def _under_way(opened: dg.DagsterInstance) -> dg.DagsterRun | None:
    """A run that is queued or running. Runs of the command line are ignored: it may have been killed."""
    runs = opened.get_runs(dg.RunsFilter(statuses=_UNDER_WAY))
    return next((run for run in runs if PID_TAG not in run.tags), None)
