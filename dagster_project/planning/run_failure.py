"""Why a Dagster run failed, and which of its checks failed, from its events."""

from collections.abc import Iterable, Iterator, Sequence

import dagster as dg
from dagster._core.events import DagsterEventType
from dagster_shared.error import SerializableErrorInfo

from dagster_project.database import first_line
from dagster_project.errors import DamagedDayError, InterruptedBuildError, SatledgerError

_OURS = {kind.__name__: kind for kind in (SatledgerError, *SatledgerError.__subclasses__())}
# Its constructor takes more than a message, and the message is all that an event keeps.
_OURS[DamagedDayError.__name__] = SatledgerError


def failure(events: Sequence[dg.DagsterEvent]) -> SatledgerError:
    """Return why a run failed, from its events."""
    failures = [event.step_failure_data.error for event in events if event.is_step_failure]
    for each in failures:
        error = each
        while error:
            if error.cls_name in _OURS:
                return _OURS[error.cls_name](error.message.split(": ", 1)[-1].strip())
            if error.cls_name == dg.DagsterExecutionInterruptedError.__name__:
                return InterruptedBuildError(
                    "The build was interrupted: what it built is kept, and the next one continues from there."
                )
            error = error.cause
    for check in failed_checks(events):
        if check.severity is dg.AssetCheckSeverity.ERROR and check.description:
            return SatledgerError(check.description)
    error = next((each for each in failures if each), None)
    return SatledgerError(f"The run failed: {_innermost(error)}." if error else "The run failed; its log says why.")


def failed_checks(events: Iterable[dg.DagsterEvent]) -> Iterator[dg.AssetCheckEvaluation]:
    """Yield the checks of a run that did not pass, warnings included."""
    for event in events:
        if event.event_type is DagsterEventType.ASSET_CHECK_EVALUATION:
            check = event.asset_check_evaluation_data
            if not check.passed:
                yield check


def events_of(instance: dg.DagsterInstance, run_id: str) -> list[dg.DagsterEvent]:
    """Return the events of a run that report failed steps or the results of checks."""
    wanted = {DagsterEventType.STEP_FAILURE, DagsterEventType.ASSET_CHECK_EVALUATION}
    entries = instance.all_logs(run_id, of_type=wanted)
    return [entry.dagster_event for entry in entries if entry.dagster_event]


def _innermost(error: SerializableErrorInfo) -> str:
    while error.cause:
        error = error.cause
    # DuckDB's internal errors continue with a stack trace.
    return first_line(error.message)
