"""The hour after the last day that the lake holds: what is spent in it decides some values of that day.

Adjusted transfer values leave out what is spent within an hour (docs/method.md). For the last day that is known once
the chain is an hour further, a day before the next day is complete. These blocks are proven like any others. They lie
beside the raw days, in `lake/next_hour/raw/<chain>/<day>/`, and go when the day that they begin is there as a whole.
"""

from datetime import date
from pathlib import Path

from dagster_project.errors import DamagedDayError
from dagster_project.lake.files import put_back
from dagster_project.lake.keeping import damaged_files, look_through
from dagster_project.lake.manifest import Manifest, held_days, read_manifest, remove_days
from dagster_project.settings import Settings


class FirstHour(Settings):
    """Settings of a source that takes a day to end after its first hour.

    Attributes:
        day_begun: that day; it is the last one that can be read.
    """

    day_begun: date


def first_hour(settings: Settings, day: date) -> FirstHour:
    """The same settings for a source that takes a day to end after its first hour."""
    return FirstHour(**settings.model_dump(), day_begun=day)


def day_begun(settings: Settings) -> date | None:
    """The day of which only the first hour is read; None where all days are read whole."""
    return settings.day_begun if isinstance(settings, FirstHour) else None


def hour_folder(settings: Settings) -> Path:
    """The folder that the hour lies in, laid out like that of the raw days."""
    return settings.lake / "next_hour" / "raw" / settings.resolved_chain


def folder_for(settings: Settings, day: date) -> Path:
    """The folder that a source writes a day's folder to."""
    return hour_folder(settings) if day == day_begun(settings) else settings.raw


def held_hour(settings: Settings, day: date) -> Manifest | None:
    """The manifest of a day's first hour; None where the lake does not hold it, or it is damaged."""
    folder = hour_folder(settings)
    if day not in held_days(folder):
        return None
    try:
        manifest = read_manifest(folder, day)
    except DamagedDayError:
        return None
    return None if manifest is None or damaged_files(folder, [manifest]) else manifest


def damaged_hours(settings: Settings) -> list[str]:
    """What is wrong with the files of first hours, as sentences; all their bytes are read."""
    folder = hour_folder(settings)
    held = look_through(folder)
    return [
        f"The hour in {error.folder} is damaged ({error.problem}): the next build reads it again."
        for error in (*held.damaged, *damaged_files(folder, held.manifests))
    ]


def remove_damaged_hours(settings: Settings) -> None:
    """Remove first hours whose files are not what was written; the next extraction reads them again."""
    folder = hour_folder(settings)
    remove_days(folder, [day for day in held_days(folder) if held_hour(settings, day) is None])


def remove_hours(settings: Settings, but: date | None) -> None:
    """Remove all first hours but that of one day."""
    folder = hour_folder(settings)
    put_back(folder)
    remove_days(folder, set(held_days(folder)) - {but})
