"""Repair of the published copy before a new one replaces it.

The copy is for readers. But another program may have changed it, or opened it for writing and died, which leaves its
write-ahead log beside the file; and disks fail.
"""

from pathlib import Path

from dagster_project.database import unreadable
from dagster_project.errors import SatledgerError
from dagster_project.files import remove_side_files, set_aside, side_files
from dagster_project.progress import tell


def mend_copy(published: Path) -> None:
    """Remove the log that another program left beside the copy, and move a copy away that cannot be opened.

    The next build then makes the copy anew, as if it were missing.

    Raises:
        SatledgerError: another process has the copy open for writing, or it may not be read.
    """
    if not published.exists():
        remove_side_files(published)
        return
    # While the log is still there, because opening it shows whether its writer is alive.
    trouble = unreadable(published)
    if logs := remove_side_files(published):
        names = ", ".join(map(str, logs))
        tell(f"{names} held changes that another program made to the published copy: they are dropped.")
        trouble = unreadable(published)
    if trouble:
        tell(f"{published} is damaged ({trouble}): it is moved to {set_aside(published)}, and made anew.")


def refuse_changed(published: Path) -> None:
    """Refuse a copy that has the log of another program beside it, because the log changes what a reader sees.

    Raises:
        SatledgerError: there is such a log.
    """
    if logs := side_files(published):
        raise SatledgerError(
            f"{published} was changed by another program, which left {logs[0].name} beside it: run `satledger build`, "
            "which drops these changes."
        )
