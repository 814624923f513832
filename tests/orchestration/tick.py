"""Evaluate the schedule or the sensor, and run what it asks for, in a process of its own.

A process of its own, because the definitions have the days of the chain that they were loaded with.
"""

import json
import sys
from datetime import UTC, datetime

import dagster as dg

from dagster_project.definitions import defs
from dagster_project.instance import instance
from dagster_project.settings import Settings
from tests.warm.programs import warm_dbt

JOB = "daily_build"
SCHEDULE, SENSOR = "every_night", "day_is_complete"
# More than any change in the tests needs.
MOST = 3


def evaluate(name: str, opened: dg.DagsterInstance) -> dg.RunRequest | str:
    """What the schedule or the sensor asks for now, or why it asks for nothing."""
    repository = defs.get_repository_def()
    resources = repository.get_top_level_resources()
    if name == SCHEDULE:
        now = datetime.now(UTC)
        context = dg.build_schedule_context(opened, now, resources=resources, repository_def=repository)
        found = repository.get_schedule_def(name).evaluate_tick(context)
    else:
        context = dg.build_sensor_context(opened, repository_def=repository, resources=resources)
        found = repository.get_sensor_def(name).evaluate_tick(context)
    requests = found.run_requests or []
    assert len(requests) <= 1
    return requests[0] if requests else str(found.skip_message)


def run(request: dg.RunRequest, opened: dg.DagsterInstance) -> bool:
    """Run what was asked for, as the daemon would, and return whether it succeeded."""
    job = defs.resolve_job_def(JOB)
    return job.execute_in_process(
        instance=opened,
        asset_selection=None if request.asset_selection is None else list(request.asset_selection),
        tags=dict(request.tags),
        raise_on_error=False,
    ).success


def main(name: str) -> None:
    """Evaluate and run until nothing is asked for, a run fails, or the same is asked for again; print a line each."""
    keys: set[str | None] = set()
    with instance(Settings()) as opened:
        for _ in range(MOST):
            found = evaluate(name, opened)
            if isinstance(found, str) or found.run_key in keys:
                sys.stdout.write(json.dumps({"skipped": found if isinstance(found, str) else "seen before"}) + "\n")
                return
            keys.add(found.run_key)
            assets = [key.to_user_string() for key in found.asset_selection or []]
            success = run(found, opened)
            sys.stdout.write(
                json.dumps({"assets": assets, "tags": dict(found.tags), "key": found.run_key, "success": success})
                + "\n"
            )
    raise AssertionError(f"{name} asks for more and more")


def command_line() -> None:
    """Do it for the schedule or the sensor that the command line names; dbt comes from the server of programs."""
    warm_dbt()
    main(sys.argv[1])


if __name__ == "__main__":
    main(sys.argv[1])
