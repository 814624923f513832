"""Which days are due: complete at the source, and not built or no longer the same."""

import dagster as dg

from dagster_project.chain.sources import Source, open_source
from dagster_project.days import Days
from dagster_project.errors import SatledgerError
from dagster_project.home import building
from dagster_project.instance import PID_TAG
from dagster_project.lake.keeping import look_through
from dagster_project.settings import Settings
from dagster_project.warehouse.plan import EVERYTHING, Fingerprints, Wanted, requested_days
from dagster_project.warehouse.state import built_days

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


def due_days(settings: Settings, wanted: Wanted, built: Fingerprints) -> Days | None:
    """Return the days to start a build for, or None where all complete days are built.

    What was taken of the source's files, and left aside, is recorded in the lake.

    Args:
        settings: name the source and the lake.
        wanted: what the user asks for.
        built: the days that are built, with their fingerprints.

    Raises:
        SatledgerError: the source cannot be read, or what is wanted cannot be built.
    """
    source = open_source(settings)
    # Also where nothing is due, perhaps because files were left aside.
    source.intake.write(settings.lake)
    return _due_days(settings, source, wanted, built)


def _due_days(settings: Settings, source: Source, wanted: Wanted, built: Fingerprints) -> Days | None:
    held = look_through(settings.raw)
    return requested_days(
        wanted,
        source.first_day(),
        source.last_complete_day(),
        {manifest.day: manifest.content for manifest in held.manifests},
        built,
        [*source.stale_days(held.manifests), *held.damaged_days],
    )


def due_run(settings: Settings, opened: dg.DagsterInstance) -> dg.RunRequest | dg.SkipReason:
    """The run to start now, or why none is.

    Args:
        settings: name the source and the home.
        opened: Dagster's instance; while a run of it is under way, no other is asked for.
    """
    if waiting := _under_way(opened):
        return dg.SkipReason(f"run {waiting.run_id[:8]} is under way")
    try:
        # Of builds that Dagster does not watch, and for the time between a run's steps, the lock tells.
        with building(settings):
            source = open_source(settings)
            # The published copy can be read while the warehouse is written; what was not published is not done.
            built = built_days(settings.published) if settings.warehouse.is_file() else {}
            days = _due_days(settings, source, EVERYTHING, built)
            if days is None:
                return dg.SkipReason("all complete days are built")
            return dg.RunRequest(run_key=_run_key(settings, source, days), tags=range_tags(days))
    except SatledgerError as error:
        return dg.SkipReason(str(error))


def _run_key(settings: Settings, source: Source, days: Days) -> str:
    """What a run would build, and what is published before it.

    Dagster starts no second run of a key. So one that failed is not started again until the blocks of its days or what
    is published have changed; and as each success publishes anew, the chain may return to blocks that were built
    before.
    """
    published = settings.published.stat().st_mtime_ns if settings.published.is_file() else 0
    return f"{days.first} {days.last}, block {source.last_hash(days.last)}, after {published}"


def _under_way(opened: dg.DagsterInstance) -> dg.DagsterRun | None:
    """A run that waits or runs; none of the command line's, which may have died without a word."""
    runs = opened.get_runs(dg.RunsFilter(statuses=_UNDER_WAY))
    return next((run for run in runs if PID_TAG not in run.tags), None)
