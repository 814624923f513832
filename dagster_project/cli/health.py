"""What ``satledger status`` reports about a home: builds, checks and the published copy."""

import fcntl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from dagster_project.days import span
from dagster_project.errors import SatledgerError
from dagster_project.files import side_files
from dagster_project.instance import PID_TAG, instance
from dagster_project.planning.run_failure import failure
from dagster_project.settings import Settings
from dagster_project.warehouse.failures import broken_at_last_check
from dagster_project.warehouse.publication import unpublished, unpublished_days
from dagster_project.warehouse.state import built_days

_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
_UNDER_WAY = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
_TELLING = {
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.ASSET_CHECK_EVALUATION,
    dg.DagsterEventType.RUN_FAILURE,
}


@dataclass(frozen=True)
class Finding:
    """One line of the state of a home.

    Attributes:
        name: its subject.
        text: the state in words.
        wrong: whether the user has to do something about it.
    """

    name: str
    text: str
    wrong: bool = False


def findings(settings: Settings) -> Iterator[Finding]:
    """The running build, the result of the last one, what the last check found, and what is not published."""
    builder = building_process(settings.home.resolve())
    if builder:
        yield Finding("build", f"process {builder} is building")
    yield _guarded("last run", _last_run, settings, builder)
    # Not during a build: it locks the warehouse, where this is recorded, and checks its own days.
    if not builder and (broken := broken_at_last_check(settings)):
        advice = "Run `satledger check` again once that is repaired."
        yield Finding("invariants", "\n".join([*broken, advice]), wrong=True)
    yield _guarded("not published", _not_published, settings, builder)


def building_process(home: Path) -> str | None:
    """The process that holds a home's build lock, or None where no build runs."""
    lock, holder = home / "build.lock", home / "build.pid"
    if not lock.is_file():
        return None
    # Opened for reading only, so that a user without write access can ask too.
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return holder.read_text(encoding="ascii").strip() if holder.is_file() else "unknown"
    return None


def _guarded(
    name: str, find: Callable[[Settings, str | None], Finding], settings: Settings, builder: str | None
) -> Finding:
    try:
        return find(settings, builder)
    except SatledgerError as error:
        return Finding(name, f"unknown: {error}", wrong=True)


def _last_run(settings: Settings, builder: str | None) -> Finding:
    if not settings.dagster_home.is_dir():
        return Finding("last run", "none")
    with instance(settings) as opened:
        cut_off = [run for run in opened.get_runs(dg.RunsFilter(statuses=_UNDER_WAY)) if PID_TAG in run.tags]
        if cut_off and not builder:
            pid = cut_off[0].tags[PID_TAG]
            return Finding("last run", f"cut off: process {pid} died; `satledger build` takes it up again", wrong=True)
        records = opened.get_run_records(dg.RunsFilter(statuses=_ENDED), limit=1)
        if not records:
            return Finding("last run", "none")
        run, ended = records[0].dagster_run, records[0].end_time
        at = f", {datetime.fromtimestamp(ended, UTC):%Y-%m-%d %H:%M:%S} UTC" if ended else ""
        if run.status is not dg.DagsterRunStatus.FAILURE:
            return Finding("last run", f"{run.status.value.lower()} (run {run.run_id[:8]}{at})")
        return Finding("last run", f"failed (run {run.run_id[:8]}{at}): {_why(opened, run.run_id)}", wrong=True)


def _why(opened: dg.DagsterInstance, run_id: str) -> str:
    entries = [record.event_log_entry for record in opened.get_records_for_run(run_id, of_type=_TELLING).records]
    events = [entry.get_dagster_event() for entry in entries]
    died = [event.message for event in events if event.event_type is dg.DagsterEventType.RUN_FAILURE and event.message]
    failed = any(
        event.is_step_failure
        or (
            event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION
            and not event.asset_check_evaluation_data.passed
        )
        for event in events
    )
    # A run that was stopped from outside has no failed step, but a message that says who stopped it.
    return died[-1] if died and not failed else str(failure(events))


def _not_published(settings: Settings, builder: str | None) -> Finding:
    name = "not published"
    if builder:
        return Finding(name, "what is being built")
    mark, days = unpublished(settings), unpublished_days(settings)
    if mark:
        what = f"{days}: " if days else ""
        return Finding(name, f"{what}{mark.value}; run `satledger build`", wrong=True)
    if logs := side_files(settings.published):
        what = f"another program changed the copy, and left {logs[0].name} beside it, so that nobody reads it"
        return Finding(name, f"{what}; run `satledger build`, which drops these changes", wrong=True)
    built, published = built_days(settings.warehouse), built_days(settings.published)
    differing = [day for day in built.keys() | published.keys() if built.get(day) != published.get(day)]
    if settings.warehouse.is_file() and differing:
        return Finding(name, f"{span(differing)}: built otherwise than published; run `satledger build`", wrong=True)
    return Finding(name, "nothing")
