"""The home folder: one build at a time, and a disk that may be full."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from dagster_project.errors import SatledgerError
from dagster_project.settings import Settings

# With less than that, neither DuckDB nor Dagster's SQLite can go on.
_FULL_BYTES = 4_000_000

_locks: dict[Path, FileLock] = {}


@contextmanager
def building(settings: Settings) -> Iterator[None]:
    """Hold the home's build lock; a process that holds it may enter again.

    The operating system frees the lock of a process that dies.

    Raises:
        SatledgerError: another process builds in this home; the sentence says which.
    """
    home = settings.home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    lock = _locks.setdefault(home, FileLock(home / "build.lock"))
    holder = home / "build.pid"
    try:
        lock.acquire(timeout=0)
    except Timeout:
        pid = holder.read_text(encoding="ascii").strip() if holder.is_file() else "unknown"
        raise SatledgerError(
            f"Process {pid} is building in {home}: wait until it is done, or set SATLEDGER_HOME to another folder."
        ) from None
    try:
        holder.write_text(f"{os.getpid()}\n", encoding="ascii")
        yield
    finally:
        lock.release()


@contextmanager
def full_disk_told(settings: Settings) -> Iterator[None]:
    """Say that the disk is full when something failed and it is: any library may fail of it, in its own words.

    Raises:
        SatledgerError: something failed inside the block, and the disk of the home is full.
    """
    try:
        yield
    except Exception as error:
        if shutil.disk_usage(settings.home).free < _FULL_BYTES:
            raise SatledgerError(
                f"The disk that holds {settings.home} is full: free some space and run this again; what is published "
                "stands."
            ) from error
        raise
