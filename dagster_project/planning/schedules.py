"""The nightly schedule, which builds all days that are complete by then."""

import dagster as dg

from dagster_project.planning.requests import next_run
from dagster_project.resources import SettingsResource
from dagster_project.warehouse.assets import MANIFEST

daily_build = dg.define_asset_job(
    "daily_build",
    selection=dg.AssetSelection.all(),
    description="Everything from raw days to the published copy, for the days that are complete and not built; or the "
    "part of it that a changed input makes stale.",
)


# A day is complete about two hours after midnight: consensus time is an hour late, six confirmations take another.
@dg.schedule(job=daily_build, cron_schedule="30 3 * * *", execution_timezone="UTC")
def every_night(context: dg.ScheduleEvaluationContext, settings: SettingsResource) -> dg.RunRequest | dg.SkipReason:
    """Build at 03:30 UTC what the sensor has not built yet, and ask the services for new prices and headers."""
    return next_run(settings.get(), context.instance, MANIFEST, context.scheduled_execution_time)
