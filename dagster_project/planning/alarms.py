"""Sensors that notify a webhook of failed runs and checks (docs/operating.md)."""

import dagster as dg

from dagster_project.planning.run_failure import events_of, failed_checks, failure
from dagster_project.resources import SettingsResource
from dagster_project.settings import Settings
from dagster_project.webhook import Event, Kind, send

# On by default if a webhook is set; a choice made on Dagster's page takes precedence.
_SWITCHED = dg.DefaultSensorStatus.RUNNING if Settings().webhook_url is not None else dg.DefaultSensorStatus.STOPPED
# The most names of checks in one message.
_MOST_NAMES = 5


@dg.run_failure_sensor(minimum_interval_seconds=60, default_status=_SWITCHED)
def run_failed(context: dg.RunFailureSensorContext, settings: SettingsResource) -> None:
    """Notify the webhook of each failed run, with the reason and the checks that did not pass."""
    run = context.dagster_run
    events = events_of(context.instance, run.run_id)
    steps = any(event.is_step_failure for event in events)
    why = str(failure(events)) if steps or not context.failure_event.message else context.failure_event.message
    checks = tuple(sorted({check.check_name for check in failed_checks(events)}))
    text = f"The run {run.run_id[:8]} of {run.job_name} failed. {why}"
    send(settings.get(), Event(Kind.RUN_FAILURE, text, run.run_id, run.job_name, checks))


@dg.run_status_sensor(run_status=dg.DagsterRunStatus.SUCCESS, minimum_interval_seconds=60, default_status=_SWITCHED)
def check_failed(context: dg.RunStatusSensorContext, settings: SettingsResource) -> dg.SkipReason | None:
    """Notify the webhook of checks that did not pass in runs that succeeded."""
    run = context.dagster_run
    found = list(failed_checks(events_of(context.instance, run.run_id)))
    if not found:
        return dg.SkipReason("all checks passed")
    names = sorted({check.check_name for check in found})
    shown = ", ".join(names[:_MOST_NAMES]) + (f" and {len(names) - _MOST_NAMES} more" if names[_MOST_NAMES:] else "")
    text = f"Checks of the run {run.run_id[:8]} of {run.job_name} did not pass: {shown}. {found[0].description or ''}"
    send(settings.get(), Event(Kind.CHECK_FAILURE, text.strip(), run.run_id, run.job_name, tuple(names)))
    return None
