"""Access to DuckDB files, with errors that a user can act on."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from dagster_project.errors import SatledgerError
from dagster_project.settings import Settings

# As DuckDB's connect() takes it.
Config = dict[str, str | bool | int | float | list[str]]

_HOLDER = re.compile(r"Conflicting lock is held in (?P<program>.*?) \(PID (?P<pid>\d+)\)")
_FULL = re.compile(r"No space left on device|failed to offload data block|Could not write all bytes", re.IGNORECASE)


def limits(settings: Settings) -> Config:
    """Return the configuration of a connection that keeps to the user's memory, threads and folder for spilling.

    Without it DuckDB takes four fifths of the machine's memory and all its cores, and spills beside the file it opened.
    Only for the holder of the build lock: files of several processes in one folder would have the same names.
    """
    settings.temp.mkdir(parents=True, exist_ok=True)
    return {
        "memory_limit": settings.memory_limit,
        "threads": settings.threads,
        "temp_directory": str(settings.temp),
    }


def explanation(text: str, path: Path) -> str | None:
    """Return in one sentence what a message of DuckDB or dbt means, or None where it is none of the known ones.

    Args:
        text: the message.
        path: the warehouse, or the folder that is written to.
    """
    if holder := _HOLDER.search(text):
        return (
            f"The warehouse {path} is locked by process {holder['pid']} ({holder['program']}): "
            "close it there, or wait until it is done, and run this again."
        )
    if _FULL.search(text):
        return f"The disk that holds {path.parent} is full: free some space and run this again; what was built stands."
    if "Another instance of Derby" in text:
        return (
            f"Spark's catalogue in {path.parent} is open in another process: close it there, or wait until it is done, "
            "and run this again."
        )
    if "java.lang.OutOfMemoryError" in text:
        return f"Spark ran out of memory while writing {path.parent}: raise SATLEDGER_MEMORY_LIMIT, and run this again."
    if "Out of Memory Error" in text:
        return (
            f"DuckDB ran out of memory while writing {path}: raise SATLEDGER_MEMORY_LIMIT, "
            "or lower SATLEDGER_THREADS, and run this again."
        )
    return None


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn the known errors of DuckDB and of the file system into one clear sentence.

    Raises:
        SatledgerError: such an error was raised inside the block.
    """
    try:
        yield
    except duckdb.Error as error:
        if sentence := explanation(str(error), path):
            raise SatledgerError(sentence) from error
        raise
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise SatledgerError(str(explanation("No space left on device", path))) from error


@contextmanager
def reading(path: Path, config: Config | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a DuckDB file that exists for reading.

    Args:
        path: the file.
        config: of the connection, such as its memory limit; by default DuckDB's own.

    Raises:
        SatledgerError: another process writes it.
    """
    with explained(path), duckdb.connect(path, read_only=True, config=config or {}) as connection:
        yield connection
