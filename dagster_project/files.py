"""Writing files so that they survive a power cut, handling the files that belong to them, and reading records."""

import errno
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster_project.errors import SatledgerError

# DuckDB's logs of changes that are not in the database file yet; a log fits only the file that it was written for.
_DUCKDB_LOGS = (".wal", ".wal.checkpoint", ".wal.recovery")


def sync(path: Path) -> None:
    """Flush a file's content, or a folder's entries, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_record(path: Path) -> dict[str, Any]:
    """The JSON object in a file that can be made again; empty where there is no file, or it is damaged."""
    try:
        record = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def side_files(path: Path) -> list[Path]:
    """The files beside a file that belong to it: DuckDB's logs, and the checksum that Hadoop (used by Spark) writes."""
    beside = [*(path.with_name(f"{path.name}{suffix}") for suffix in _DUCKDB_LOGS), path.with_name(f".{path.name}.crc")]
    return [each for each in beside if each.exists()]


def remove_side_files(path: Path) -> list[Path]:
    """Remove the files that belong to a file which is replaced or removed, and return their paths."""
    found = side_files(path)
    for each in found:
        if each.is_dir():
            set_aside(each)
        else:
            each.unlink()
    return found


def put_in_place(aside: Path, path: Path) -> None:
    """Replace a file by one that was written under another name, in one step.

    The files that belong to the old one are removed first. Otherwise the log of a process that died while it wrote the
    old file would be replayed onto the new one.
    """
    sync(aside)
    remove_side_files(path)
    aside.replace(path)
    sync(path.parent)


@contextmanager
def kept_from_writers(path: Path) -> Iterator[None]:
    """Prevent other processes from opening a DuckDB file for writing, with the lock that DuckDB takes while it reads.

    A process with the old file open would write its log beside the new one. This process must not have the file open
    itself: closing it would release the lock.

    Raises:
        SatledgerError: another process has it open for writing.
    """
    if not path.is_file():
        yield
        return
    with path.open("rb") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EAGAIN):
                raise
            raise SatledgerError(
                f"{path} is open for writing in another process: close it there, and run this again."
            ) from error
        yield


def set_aside(path: Path) -> Path:
    """Rename a damaged file or folder, with all files that belong to it; return its new path."""
    names = (f"{path.name}.damaged", *(f"{path.name}.damaged-{number}" for number in range(2, 1000)))
    target = next(path.with_name(name) for name in names if not path.with_name(name).exists())
    for beside in side_files(path):
        beside.rename(target.with_name(beside.name.replace(path.name, target.name)))
    path.rename(target)
    return target


def remove(path: Path) -> None:
    """Remove a temporary file, with all files that belong to it; it need not exist."""
    path.unlink(missing_ok=True)
    for beside in side_files(path):
        beside.unlink()
