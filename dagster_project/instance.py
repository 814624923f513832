"""Dagster's own storage, in the home."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path

import dagster as dg
from dagster._core.instance.config import dagster_instance_config
from sqlalchemy.exc import ArgumentError, OperationalError

from dagster_project.database import first_line
from dagster_project.errors import SatledgerError
from dagster_project.files import set_aside
from dagster_project.instance_file import THEIRS, complete
from dagster_project.progress import tell
from dagster_project.settings import Settings

# The tag of runs of the command line; no daemon watches these.
PID_TAG = "satledger/pid"

_BATCH = "1000"


# SQLite errors that a file without damage may give: another process is using it, the user's rights, or a full disk, on
# which the log of an earlier process cannot be replayed. The other bits of an error code give the case.
_NOT_OF_THE_FILE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}


def instance_config(folder: Path) -> dict[str, object]:
    """Our part of ``dagster.yaml``: SQLite in a folder, one run at a time in each pool, no telemetry."""
    history = str(folder / "history")
    return {
        "run_storage": _sqlite("runs", "SqliteRunStorage", history),
        "event_log_storage": {
            "module": "dagster_project.event_log",
            "class": "BatchedEventLogStorage",
            "config": {"base_dir": history},
        },
        "schedule_storage": _sqlite("schedules", "SqliteScheduleStorage", str(folder / "schedules")),
        "concurrency": {"pools": {"default_limit": 1, "granularity": "op"}},
        "run_monitoring": {"enabled": True, "free_slots_after_run_end_seconds": 60},
        "freshness": {"enabled": True},
        "telemetry": {"enabled": False},
        "nux": {"enabled": False},
    }


def prepare(settings: Settings) -> Path:
    """Create Dagster's folder in the home, with its configuration, and set it for this process.

    Raises:
        SatledgerError: the user's ``dagster.yaml`` cannot be used, or the folder cannot be written.
    """
    folder = settings.dagster_home
    folder.mkdir(parents=True, exist_ok=True)
    for path in (folder, *dict.fromkeys(path.parent for path in _history(settings)), *_history(settings)):
        if not os.access(path, os.W_OK):
            raise SatledgerError(
                f"{path} cannot be written, which Dagster needs even to look at its runs: give yourself the right to, "
                "or set SATLEDGER_HOME to a folder of your own."
            )
    complete(folder, instance_config)
    os.environ["DAGSTER_HOME"] = str(folder)
    os.environ["DAGSTER_EVENT_BATCH_SIZE"] = _BATCH
    try:
        dagster_instance_config(str(folder))
    except dg.DagsterInvalidConfigError as error:
        found = " ".join((*error.error_messages, "") if error.errors else str(error).split())
        raise SatledgerError(f"Dagster cannot use {folder / THEIRS}: {found.strip()}") from None
    return folder


@contextmanager
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """Open the home's Dagster instance.

    Raises:
        SatledgerError: the user's ``dagster.yaml`` or its storage cannot be used, or the folder cannot be written.
    """
    folder = prepare(settings)
    try:
        found = dg.DagsterInstance.from_config(str(folder))
    except _storage_errors() as error:
        # The caller finds out which of SQLite's files is damaged (``damaged_history``).
        if any(isinstance(each, sqlite3.Error) for each in _chain(error)):
            raise
        raise SatledgerError(
            f"The storage that {folder / THEIRS} names cannot be opened ({_innermost(error)}): start it, or mend "
            "its sections of storage (docs/operating.md)."
        ) from None
    with found as opened:
        yield opened


def _storage_errors() -> tuple[type[Exception], ...]:
    """The exceptions of opening a storage that does not exist or cannot be reached."""
    found = (ImportError, ArgumentError, OperationalError)
    if find_spec("dagster_postgres") is None:
        return found
    from dagster_postgres.utils import DagsterPostgresException

    return (*found, DagsterPostgresException)


def _innermost(error: BaseException) -> str:
    """The message of the first error of a chain. A database's message has the server's address, but no password."""
    *_, first = _chain(error)
    return first_line(str(first))


def damaged_history(settings: Settings, error: BaseException | None = None) -> list[Path]:
    """Return the files of Dagster's history that are damaged.

    Args:
        settings: name the home.
        error: the error to examine; if it does not come from SQLite, no file is checked. With None all files are read
            and checked.
    """
    if error is not None and not any(isinstance(each, sqlite3.Error) for each in _chain(error)):
        return []
    return [path for path in _history(settings) if not _is_whole(path)]


def emptied_history(settings: Settings) -> list[Path]:
    """Return the files of Dagster's history that are empty: SQLite would use them as new ones, without an error."""
    return [path for path in _history(settings) if path.is_file() and path.stat().st_size == 0]


def _history(settings: Settings) -> list[Path]:
    names = ("history/runs.db", "history/event_log.db", "schedules/schedules.db")
    return [path for path in (settings.dagster_home / name for name in names) if path.exists()]


def set_history_aside(settings: Settings, damaged: Sequence[Path]) -> None:
    """Move damaged files of Dagster's history away, and report it; what is built does not depend on them."""
    # Runs and their events belong together.
    for folder in dict.fromkeys(path.parent for path in damaged):
        place = set_aside(folder)
        lost = "the record of past runs" if folder.name == "history" else "which schedules and sensors were switched on"
        tell(f"{settings.dagster_home.name}/{folder.name} was damaged: it is moved to {place}, and {lost} begins anew.")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and all its causes."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        each = waiting.pop()
        if id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [cause for cause in (each.__cause__, each.__context__, getattr(each, "orig", None)) if cause]


def _is_whole(path: Path) -> bool:
    """Whether SQLite finds a file well-formed, or cannot check it for reasons outside the file."""
    if not path.is_file():
        return False
    try:
        with closing(sqlite3.connect(path)) as connection:
            return connection.execute("pragma quick_check(1)").fetchone() == ("ok",)
    except sqlite3.DatabaseError as error:
        return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF in _NOT_OF_THE_FILE


def recover(opened: dg.DagsterInstance) -> list[str]:
    """Mark dead runs of the command line as failed, and free what they held; return their ids.

    Only the holder of the build lock may call this: then every such run that has not ended is dead.
    """
    unfinished = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.CANCELING]
    dead = [run for run in opened.get_runs(dg.RunsFilter(statuses=unfinished)) if PID_TAG in run.tags]
    for run in dead:
        opened.report_run_failed(run, f"Process {run.tags[PID_TAG]} died; the next build takes up where it stopped.")
        opened.event_log_storage.free_concurrency_slots_for_run(run.run_id)
    return [run.run_id for run in dead]


def _sqlite(module: str, name: str, folder: str) -> dict[str, object]:
    return {"module": f"dagster._core.storage.{module}", "class": name, "config": {"base_dir": folder}}
