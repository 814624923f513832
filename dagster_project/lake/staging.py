"""DuckDB connections in which raw blocks are staged, and readable errors for a full disk or memory."""

import errno
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import duckdb
from filelock import FileLock, Timeout

from dagster_project.database import Config, connect, limits
from dagster_project.errors import SatledgerError
from dagster_project.settings import Settings

SCRATCH = "staging-"
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def quoted(text: object) -> str:
    """A text as an SQL literal.

    Literals instead of bound parameters, because DuckDB imports pandas at the first parameter, which takes a second.
    """
    return "'" + str(text).replace("'", "''") + "'"


def columns_literal(columns: Mapping[str, str]) -> str:
    """Column names and types as the struct that ``read_json`` takes."""
    return "{" + ", ".join(f"{quoted(name)}: {quoted(kind)}" for name, kind in columns.items()) + "}"


@contextmanager
def scratch_folder(settings: Settings) -> Iterator[Path]:
    """A new folder for temporary files, removed afterwards; if this process is killed, the next call removes it."""
    settings.temp.mkdir(parents=True, exist_ok=True)
    remove_abandoned(settings.temp)
    folder = settings.temp / f"{SCRATCH}{uuid4().hex}"
    # The lock is created before the folder, so that no other process removes the folder as abandoned.
    with FileLock(_lock_of(folder)):
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            _lock_of(folder).unlink(missing_ok=True)


def remove_abandoned(temp: Path) -> None:
    """Remove the temporary folders of processes that were killed: those whose lock nobody holds."""
    for folder in temp.glob(f"{SCRATCH}*/"):
        with suppress(Timeout), FileLock(_lock_of(folder), timeout=0):
            shutil.rmtree(folder, ignore_errors=True)
            _lock_of(folder).unlink(missing_ok=True)


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")


@contextmanager
def own_limits(settings: Settings) -> Iterator[Config]:
    """The limits of a connection that spills to a folder of its own, so that it needs no lock.

    A user who may not write there, for instance in another user's home, does not spill.
    """
    if os.access(settings.temp, os.W_OK):
        with scratch_folder(settings) as scratch:
            yield limits(settings) | {"temp_directory": str(scratch / "spill")}
    else:
        yield {"memory_limit": settings.memory_limit, "threads": settings.threads}


@contextmanager
def staging(settings: Settings, scratch: Path, threads: int | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory database that spills to a scratch folder; ``threads`` overrides the number in the settings."""
    spill = {"temp_directory": str(scratch / "spill"), "threads": threads or settings.threads}
    with _staging(settings, limits(settings) | spill) as connection:
        yield connection


@contextmanager
def look_up(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Like ``staging``, for read-only queries; also works in a home that may not be written."""
    with own_limits(settings) as config, _staging(settings, config) as connection:
        yield connection


@contextmanager
def _staging(settings: Settings, config: Config) -> Iterator[duckdb.DuckDBPyConnection]:
    # All needed extensions are built in; DuckDB must not download others without being asked.
    offline: Config = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    with readable_errors(settings), connect(None, config | offline) as connection:
        connection.execute("SET enable_progress_bar = false")
        yield connection


@contextmanager
def own_tables(database: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with its own temporary tables, for one thread; all of them share the database's memory limit."""
    with database.cursor() as connection:
        connection.execute("SET enable_progress_bar = false")
        yield connection


@contextmanager
def readable_errors(settings: Settings) -> Iterator[None]:
    """Turn errors of a full disk or memory into one sentence.

    Raises:
        SatledgerError: the disk is full, or the memory limit too low.
    """
    try:
        yield
    except (OSError, duckdb.Error) as error:
        if (isinstance(error, OSError) and error.errno in NO_ROOM) or "No space left" in str(error):
            raise SatledgerError(
                f"The disk is full (home {settings.home}, temporary files {settings.temp}): free some space, or point "
                "SATLEDGER_TEMP_DIR or SATLEDGER_HOME to a larger disk; what was written before is kept."
            ) from error
        if isinstance(error, duckdb.OutOfMemoryException):
            raise SatledgerError(
                f"The blocks need more than {settings.memory_limit} of memory and the free space of {settings.temp}: "
                "raise SATLEDGER_MEMORY_LIMIT, or free some space there."
            ) from error
        raise
