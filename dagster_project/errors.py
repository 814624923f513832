"""The exception types that users see, and the sentences for other errors."""

import errno
from pathlib import Path


class SatledgerError(Exception):
    """Bad input, or a state that a user can repair.

    The message is one sentence that says what is wrong, where (file, day, height) and what to do. The command line
    prints it without a traceback and exits with 1; a Dagster run shows it as the reason of the failure.
    """


class IncompleteDayError(SatledgerError):
    """The day asked for is not complete yet, or lies before the first day of the chain."""


class SourceChangedError(SatledgerError):
    """The source reorganised while a day was read from it; the day has to be read again."""


class DisprovenError(SatledgerError):
    """A source's data about a block does not fit the block's own proof; it must not enter the lake."""


class UnreachableError(SatledgerError):
    """A node cannot be reached, or does not answer in time."""


class BusyError(SatledgerError):
    """Another process builds in the home."""


class InterruptedBuildError(SatledgerError):
    """The build was stopped by a user."""


class DamagedError(SatledgerError):
    """The warehouse or the published copy is damaged, as the message's first words say: both can be made anew."""


_READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)
_UNNAMED = "A file"
_IN_THE_WAY = (errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENOTEMPTY)


def file_sentence(error: OSError) -> str:
    """Explain an error of the file system in one sentence: which file, and what to do."""
    place, reason = error.filename2 or error.filename or _UNNAMED, error.strerror or str(error)
    if error.errno in _READ_ONLY:
        return (
            f"{place} cannot be written or read ({reason}): give yourself the right to, or set SATLEDGER_HOME to "
            "a folder of your own."
        )
    if error.errno in _IN_THE_WAY:
        return f"{place} is not what it should be ({reason}): move it away and run this again."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        # An error while writing to an open file has no file name.
        which = f"The disk that holds {place}" if place != _UNNAMED else "A disk"
        return f"{which} is full: free some space and run this again."
    return f"{place} cannot be used: {reason}."


class DamagedDayError(SatledgerError):
    """A raw day of the lake is no longer what was written.

    Attributes:
        folder: the day's folder; its name is the day.
        problem: what is wrong with it.
    """

    def __init__(self, folder: Path, problem: str, trouble: str = "") -> None:
        super().__init__(f"The raw day {folder} is damaged ({problem}){trouble}: {reread_hint(folder)}.")
        self.folder, self.problem = folder, problem


def reread_hint(folder: Path) -> str:
    """What to do about a raw day that is damaged or wrong, as the end of a sentence."""
    return f"`satledger lake reread --from {folder.name} --to {folder.name}` reads it again from the source"
