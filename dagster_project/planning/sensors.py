"""The sensor that starts a build as soon as a day is complete, or files of an input change."""

import dagster as dg

from dagster_project.planning.requests import next_run
from dagster_project.planning.schedules import daily_build
from dagster_project.resources import SettingsResource
from dagster_project.warehouse.assets import MANIFEST


@dg.sensor(job=daily_build, minimum_interval_seconds=600)
def day_is_complete(context: dg.SensorEvaluationContext, settings: SettingsResource) -> dg.RunRequest | dg.SkipReason:
    """Look every ten minutes for complete or reorganised days that are not built, and for changed inputs."""
    return next_run(settings.get(), context.instance, MANIFEST)
