"""What sources have in common that keep a calendar of all their headers."""

from copy import copy
from datetime import date
from typing import Generic, Self, TypeVar

from dagster_project.blocks.consensus import Calendar, HeaderChain
from dagster_project.chain.sources.stale import has_blocks
from dagster_project.lake.manifest import Manifest
from dagster_project.lake.next_hour import first_hour
from dagster_project.settings import Settings

Headers = TypeVar("Headers", bound=HeaderChain)


class OfCalendar(Generic[Headers]):
    """The part of ``sources.base.Source`` that follows from headers and their calendar."""

    _settings: Settings
    _chain: Headers
    _calendar: Calendar

    def has(self, held: Manifest) -> bool:
        """Whether the blocks of a held day, which is complete in the source, are the source's."""
        return has_blocks(self._calendar, held)

    def begun(self, day: date) -> Self:
        """The same source, for which a day ends after its first hour."""
        hourly = copy(self)
        hourly._settings = first_hour(self._settings, day)
        hourly._calendar = Calendar(self._chain, self._settings.min_confirmations, day)
        return hourly
