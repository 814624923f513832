"""Builds that start by themselves: a day, as soon as it is complete."""

import dagster as dg

from dagster_project.chain.due import due_run
from dagster_project.chain.schedules import daily_build
from dagster_project.resources import SettingsResource


@dg.sensor(job=daily_build, minimum_interval_seconds=600)
def day_is_complete(context: dg.SensorEvaluationContext, settings: SettingsResource) -> dg.RunRequest | dg.SkipReason:
    """Ask the source every ten minutes for days that are complete, or were reorganised, and not built."""
    return due_run(settings.get(), context.instance)
