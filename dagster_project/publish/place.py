"""The place of the published copy, before a new one is put there: what others did to the one that is there.

The copy is for readers. But a program may have opened it for writing and died, leaving its log beside it; it may have
changed it; and disks fail.
"""

from pathlib import Path

from dagster_project.errors import SatledgerError
from dagster_project.files import remove_side_files, set_aside, side_files
from dagster_project.progress import tell
from dagster_project.publish.reviews import RECORD
from dagster_project.warehouse.database import unreadable


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


def mend_record(published: Path) -> None:
    """Refuse a record of reviews that is damaged, and remove the log that another program left beside it.

    Nothing else knows the times that it holds, so that it is for the user to give them up.

    Raises:
        SatledgerError: the record cannot be read, or another process has it open for writing.
    """
    record = published.with_name(RECORD)
    if not record.exists():
        remove_side_files(record)
        return
    unreadable(record)
    if logs := remove_side_files(record):
        names = ", ".join(map(str, logs))
        tell(f"{names} held changes that another program made to the record of reviews: they are dropped.")
    if trouble := unreadable(record, through=True):
        raise SatledgerError(
            f"The record of reviews {record} cannot be read ({trouble}): move it away, and all days are reviewed anew."
        )


def refuse_changed(published: Path) -> None:
    """Refuse a copy, or its record, that a program which died wrote to: its log changes what a reader sees.

    Raises:
        SatledgerError: such a log lies beside the file.
    """
    if logs := side_files(published):
        raise SatledgerError(
            f"{published} was changed by another program, which left {logs[0].name} beside it: run `satledger build`, "
            "which drops these changes."
        )


def as_published(published: Path) -> bool:
    """Whether nothing wrote to the copy since it was published; where there is none, nothing did.

    Copies are dated in whole seconds (`record_reviews`), so any other date tells of a writer. That is also the date of
    a home that was copied without the times of its files.
    """
    return not published.is_file() or published.stat().st_mtime_ns % 10**9 == 0
