"""The home folder: the build lock, and the checks for disks that are full or read-only."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from filelock import FileLock, Timeout

from dagster_project.errors import BusyError, SatledgerError, file_sentence
from dagster_project.settings import Settings

# With less free space, neither DuckDB nor Dagster's SQLite can continue.
_FULL_BYTES = 4_000_000
_NOT_WRITABLE = (os.strerror(errno.EROFS), os.strerror(errno.EACCES))

_locks: dict[Path, FileLock] = {}


@contextmanager
def building(settings: Settings) -> Iterator[None]:
    """Hold the home's build lock; a process that already holds it may enter again.

    The operating system frees the lock of a process that dies.

    Raises:
        BusyError: another process builds in this home; the message says which.
        SatledgerError: the home, or the folder for temporary files, cannot be written.
    """
    home = settings.home.resolve()
    lock = _locks.setdefault(home, FileLock(home / "build.lock"))
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        raise BusyError(
            f"Process {_holder(home)} is building in {home}: wait until it is done, or set SATLEDGER_HOME to another "
            "folder."
        ) from None
    except OSError as error:
        raise SatledgerError(f"The home {home} cannot be written: {file_sentence(error)}") from error
    try:
        _refuse_read_only(settings)
        yield
    finally:
        lock.release()


def refuse_unbuilt(settings: Settings, what: str = "built") -> NoReturn:
    """Raise the error for a home without data; it says whether a first build is running.

    Raises:
        SatledgerError: always.
    """
    home = settings.home.resolve()
    if (home / "build.lock").is_file():
        lock = _locks.setdefault(home, FileLock(home / "build.lock"))
        try:
            with lock.acquire(timeout=0):
                pass
        except Timeout:
            raise SatledgerError(
                f"Nothing is {what} in {settings.home} yet, but process {_holder(home)} is building there: wait until "
                "it is done."
            ) from None
        except OSError:
            # Without the right to write the lock, a running build cannot be noticed; the home is empty in any case.
            return _refuse(settings, what)
    return _refuse(settings, what)


def _refuse(settings: Settings, what: str) -> NoReturn:
    raise SatledgerError(f"Nothing is {what} in {settings.home} yet: run `satledger build` or `satledger demo`.")


def _refuse_read_only(settings: Settings) -> None:
    home = settings.home.resolve()
    try:
        (home / "build.pid").write_text(f"{os.getpid()}\n", encoding="ascii")
    except OSError as error:
        raise SatledgerError(f"The home {home} cannot be written: {file_sentence(error)}") from error
    try:
        settings.temp.mkdir(parents=True, exist_ok=True)
        if not os.access(settings.temp, os.W_OK):
            raise PermissionError(errno.EACCES, "it cannot be written", str(settings.temp))
    except OSError as error:
        name = "SATLEDGER_TEMP_DIR" if settings.temp_dir else "SATLEDGER_HOME"
        raise SatledgerError(
            f"The folder for temporary files {settings.temp} cannot be used ({error.strerror}): set {name} to a folder "
            "that can be written."
        ) from error


def _holder(home: Path) -> str:
    """The process that holds the build lock, as recorded in the home."""
    try:
        return str(int((home / "build.pid").read_text(encoding="ascii")))
    except (OSError, ValueError):
        return "unknown"


@contextmanager
def disk_told(settings: Settings) -> Iterator[None]:
    """Raise one clear error if something failed and a disk is full or read-only: each library tells it in its own way.

    Raises:
        SatledgerError: something failed inside the block, and a folder of the home has no space or cannot be written.
    """
    try:
        yield
    except Exception as error:
        # Each of these may be on another disk.
        places = (settings.home, settings.dagster_home, settings.lake, settings.published.parent, settings.temp)
        full = next((place for place in places if _is_full(place.resolve())), None)
        if full:
            raise SatledgerError(
                f"The disk that holds {full} is full: free some space and run this again; what is published stands."
            ) from error
        closed = next((place for place in places if place.exists() and not os.access(place, os.W_OK)), None)
        is_told = "cannot be written" in str(error)
        if closed and not is_told and any(reason in str(error) for reason in _NOT_WRITABLE):
            raise SatledgerError(
                f"{closed} cannot be written: give yourself the right to, or mount its disk for writing, and run this "
                "again; what is published stands."
            ) from error
        raise


def _is_full(place: Path) -> bool:
    """Whether a path's disk is writable and has no space left; the path need not exist."""
    while not place.exists():
        place = place.parent
    disk = os.statvfs(place)
    # File systems that are no disk, such as /proc, have no blocks at all; read-only ones have none free.
    return bool(disk.f_blocks) and not disk.f_flag & os.ST_RDONLY and disk.f_bavail * disk.f_frsize < _FULL_BYTES
