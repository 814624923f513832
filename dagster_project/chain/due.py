"""Which days are due: complete at the source, and not built or no longer the same."""

import dagster as dg

from dagster_project.chain.sources import open_source
from dagster_project.days import Days
from dagster_project.errors import SatledgerError
from dagster_project.lake.keeping import look_through
from dagster_project.settings import Settings
from dagster_project.warehouse.plan import EVERYTHING, Fingerprints, Wanted, requested_days
from dagster_project.warehouse.state import built_days

RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"


def range_tags(days: Days) -> dict[str, str]:
    """Tags that make a run one over a range of days."""
    return {RANGE_START: days.first.isoformat(), RANGE_END: days.last.isoformat()}


def due_days(settings: Settings, wanted: Wanted, built: Fingerprints) -> Days | None:
    """Return the days to start a build for, or None where all complete days are built.

    Args:
        settings: name the source and the lake.
        wanted: what the user asks for.
        built: the days that are built, with their fingerprints.

    Raises:
        SatledgerError: the source cannot be read, or what is wanted cannot be built.
    """
    source = open_source(settings)
    held = look_through(settings.raw)
    return requested_days(
        wanted,
        source.first_day(),
        source.last_complete_day(),
        {manifest.day: manifest.content for manifest in held.manifests},
        built,
        [*source.stale_days(held.manifests), *held.damaged_days],
    )


def due_run(settings: Settings) -> dg.RunRequest | dg.SkipReason:
    """The run to start now, or why none is."""
    try:
        # The published copy can be read while the warehouse is written; what was not published is not done.
        days = due_days(settings, EVERYTHING, built_days(settings.published) if settings.warehouse.is_file() else {})
    except SatledgerError as error:
        return dg.SkipReason(str(error))
    if days is None:
        return dg.SkipReason("all complete days are built")
    # The key keeps a run that failed from being started again and again; the next day brings another one.
    return dg.RunRequest(run_key=f"{days.first} {days.last}", tags=range_tags(days))
