"""Access to DuckDB files, with errors that a user can act on."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from dagster_project.errors import DamagedError, SatledgerError
from dagster_project.settings import Settings

# The type of the configuration that DuckDB's connect() takes.
Config = dict[str, str | bool | int | float | list[str]]

_HOLDER = re.compile(r"Conflicting lock is held in (?P<program>.*?) \(PID (?P<pid>\d+)\)")
_OTHER_VERSION = re.compile(r"database file with version number|created with a newer version|encrypt", re.IGNORECASE)
# DuckDB's messages about its own files; those about Parquet files are different.
_DAMAGED = re.compile(
    r"corrupt database|database file appears to be corrupted|corrupt WAL|Failure while replaying|not a valid DuckDB"
    r"|Corrupted \w+ segment|Corrupted database|Could not read enough bytes from file \S+\.duckdb\b"
    r"|Could not read from file \S+\.duckdb\b",
    re.IGNORECASE,
)
_PARQUET_UNREAD = re.compile(r"Failed to read file|magic bytes|too small to be a Parquet|Parquet file .*corrupt|ZSTD")
_PARQUET = re.compile(r"(?P<file>/[^'\"\n]*\.parquet)")
_FULL = re.compile(r"No space left on device|failed to offload data block|Could not write all bytes", re.IGNORECASE)


def connect(path: Path | None, config: Config | None = None, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """Open a database; all connections of satledger are opened here.

    By default DuckDB spills beside the opened file, and for a database in memory into the current folder.

    Args:
        path: the file; None for a database in memory.
        config: of the connection. Without a ``temp_directory`` nothing is spilled, and a query that needs more memory
            fails.
        read_only: whether the file is only read; then it must exist.
    """
    return duckdb.connect(path or ":memory:", read_only=read_only, config={"temp_directory": "", **(config or {})})


def limits(settings: Settings) -> Config:
    """Return the configuration of a connection with the user's memory limit, threads and folder for spilling.

    Without it DuckDB takes four fifths of the machine's memory and all its cores. Only the holder of the build lock may
    use it: several processes would spill into files of the same names.
    """
    settings.temp.mkdir(parents=True, exist_ok=True)
    return {
        "memory_limit": settings.memory_limit,
        "threads": settings.threads,
        "temp_directory": str(settings.temp),
    }


def explanation(text: str, path: Path) -> str | None:
    """Explain a message of DuckDB or dbt in one sentence; None where the message is not a known one.

    Args:
        text: the message.
        path: the warehouse, or the folder that is written to.
    """
    if holder := _HOLDER.search(text):
        return (
            f"{path} is locked by process {holder['pid']} ({holder['program']}): "
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
    if is_damage(text):
        return damage_sentence(text, path)
    if _PARQUET_UNREAD.search(text) and (read := _PARQUET.search(text)):
        return (
            f"{read['file']} cannot be read ({first_line(text)}): remove it, of a raw day its whole folder, and run "
            "`satledger build`."
        )
    return None


def is_damage(text: str) -> bool:
    """Whether a message of DuckDB says that one of its own files is damaged."""
    return bool(_DAMAGED.search(text))


def damage_sentence(text: str, path: Path) -> str:
    """The sentence for a damaged DuckDB file that can be made anew: the warehouse or the published copy."""
    return f"{damaged_beginning(path)} ({first_line(text)}): remove it and run `satledger build`, which makes it anew."


def damaged_beginning(path: Path) -> str:
    """The beginning of the sentence on a damaged file; code recognises by it which file is damaged."""
    return f"{path} is damaged"


def first_line(text: str) -> str:
    """The part of a message that says what happened, on one line, without the traceback that follows."""
    return " ".join(text.split("\nStack Trace")[0].split())[:300].rstrip(". ")


def unreadable(path: Path, *, through: bool = False) -> str | None:
    """Return why a DuckDB file is damaged, or None where it can be read.

    Args:
        path: the file.
        through: whether every value of every table is read, which finds any damage; otherwise the file is only opened.

    Raises:
        SatledgerError: it cannot be checked, because another process writes the file, its permissions do not allow it,
            or another version of DuckDB wrote it.
    """
    if path.exists() and not path.is_file():
        return "it is not a file"
    try:
        with connect(path, read_only=True) as connection:
            tables = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
            for schema, table in tables if through else []:
                connection.execute(f'select bit_xor(hash(each)) from "{schema}"."{table}" as each').fetchall()
    except duckdb.Error as error:
        sentence = explanation(str(error), path)
        if sentence and not is_damage(str(error)):
            raise SatledgerError(sentence) from error
        if isinstance(error, duckdb.PermissionException) or "Permission denied" in str(error):
            raise SatledgerError(f"{path} may not be read: give yourself the right to, and run this again.") from error
        if _OTHER_VERSION.search(str(error)):
            raise SatledgerError(
                f"{path} cannot be opened by DuckDB {duckdb.__version__} ({first_line(str(error))}): use the version "
                "of satledger that wrote it, or move it away."
            ) from error
        return first_line(str(error))
    return None


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn the known errors of DuckDB and of the file system into one clear sentence.

    Raises:
        DamagedError: DuckDB found a file of its own damaged.
        SatledgerError: another such error was raised inside the block.
    """
    try:
        yield
    except duckdb.Error as error:
        if is_damage(str(error)):
            raise DamagedError(damage_sentence(str(error), path)) from error
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
        config: of the connection, such as its memory limit; by default DuckDB's own, and nothing is spilled.

    Raises:
        SatledgerError: another process writes it, or it cannot be read.
    """
    with explained(path):
        try:
            connection = connect(path, config, read_only=True)
        except duckdb.Error as error:
            if explanation(str(error), path):
                raise
            raise SatledgerError(f"{path} cannot be opened: {first_line(str(error))}.") from error
        with connection:
            yield connection
