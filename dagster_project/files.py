"""Files that survive a power cut, and what lies beside them."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dagster_project.errors import SatledgerError

# DuckDB's logs of what is not in a database's file yet; what any of them holds fits that one file only.
_DUCKDB_LOGS = (".wal", ".wal.checkpoint", ".wal.recovery")


def sync(path: Path) -> None:
    """Have the disk hold what was written to a file, or the names that were put into a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def side_files(path: Path) -> list[Path]:
    """What lies beside a file and belongs to it: DuckDB's logs, and the checksum that Hadoop (so Spark) keeps."""
    beside = [*(path.with_name(f"{path.name}{suffix}") for suffix in _DUCKDB_LOGS), path.with_name(f".{path.name}.crc")]
    return [each for each in beside if each.exists()]


def remove_side_files(path: Path) -> list[Path]:
    """Remove what belongs to a file, which is about to be replaced or gone, and return it."""
    found = side_files(path)
    for each in found:
        if each.is_dir():
            set_aside(each)
        else:
            each.unlink()
    return found


def put_in_place(aside: Path, path: Path) -> None:
    """Put a file that was written aside in another's place, in one step; what belonged to the other goes first.

    Left there, the log of a process that died over the old file would be replayed onto the new one.
    """
    sync(aside)
    remove_side_files(path)
    aside.replace(path)
    sync(path.parent)


@contextmanager
def kept_from_writers(path: Path) -> Iterator[None]:
    """Keep other processes from opening a DuckDB file for writing, as DuckDB does while it reads one.

    A process that has the old file open would write its log beside the new one. This process must not have the file
    open: to close it would give the lock up.

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
    """Rename a damaged file, or what is in its place, with all that belongs to it; return where it is now."""
    names = (f"{path.name}.damaged", *(f"{path.name}.damaged-{number}" for number in range(2, 1000)))
    target = next(path.with_name(name) for name in names if not path.with_name(name).exists())
    for beside in side_files(path):
        beside.rename(target.with_name(beside.name.replace(path.name, target.name)))
    path.rename(target)
    return target


def remove(path: Path) -> None:
    """Remove a file that was written aside, with all that belongs to it; it need not be there."""
    path.unlink(missing_ok=True)
    for beside in side_files(path):
        beside.unlink()
