"""The place of the published copy, before a new one is put there: what others did to the one that is there.

The copy is for readers. But a program may have opened it for writing and died, leaving its log beside it; it may have
changed it; and disks fail.
"""

from pathlib import Path

from dagster_project.database import unreadable
from dagster_project.errors import SatledgerError
from dagster_project.files import remove_side_files, set_aside, side_files
from dagster_project.progress import tell


def mend_copy(published: Path) -> None:
    """Remove the log that another program left beside the copy, and set a copy aside that cannot be opened.

    A copy that is set aside is made anew by the next build, as one that is missing.

    Raises:
        SatledgerError: another process has the copy open for writing, or it may not be read.
    """
    if not published.exists():
        remove_side_files(published)
        return
    # With the log, because that says whether its writer lives.
    trouble = unreadable(published)
    if logs := remove_side_files(published):
        names = ", ".join(map(str, logs))
        tell(f"{names} held changes that another program made to the published copy: they are dropped.")
        trouble = unreadable(published)
    if trouble:
        tell(f"{published} is damaged ({trouble}): it is moved to {set_aside(published)}, and made anew.")


def refuse_changed(published: Path) -> None:
    """Refuse a copy that a program which died wrote to: its log changes what a reader sees.

    Raises:
        SatledgerError: such a log lies beside the file.
    """
    if logs := side_files(published):
        raise SatledgerError(
            f"{published} was changed by another program, which left {logs[0].name} beside it: run `satledger build`, "
            "which drops these changes."
        )
