"""Builds that start by themselves: every night, whatever is complete by then."""

import dagster as dg

from dagster_project.chain.due import due_run
from dagster_project.resources import SettingsResource

daily_build = dg.define_asset_job(
    "daily_build",
    selection=dg.AssetSelection.all(),
    description="Everything from raw days to the published copy, for the days that are complete and not built.",
)


# A day is complete some two hours after midnight: consensus time lags by an hour, six confirmations take another.
@dg.schedule(job=daily_build, cron_schedule="30 3 * * *", execution_timezone="UTC")
def every_night(context: dg.ScheduleEvaluationContext, settings: SettingsResource) -> dg.RunRequest | dg.SkipReason:
    """Build at 03:30 UTC what the sensor has not built before."""
    return due_run(settings.get(), context.instance)
