"""The interface of every source of raw blocks; nothing downstream depends on where a block came from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, Self

from dagster_project.blocks.consensus import ONE_DAY, Calendar, DayBlocks
from dagster_project.inputs.intake import Intake
from dagster_project.lake.manifest import Manifest
from dagster_project.progress import Report, silent

Group = list[DayBlocks]

# The name of a source's intake.
WHAT = "blocks"
INCOMPLETE = "of days that are not complete yet"


@dataclass(frozen=True)
class Tip:
    """The last block of a source's chain.

    Attributes:
        height: its height.
        hash: its hash; empty where it would take long to compute.
        median_time: its consensus time, in seconds since 1970.
    """

    height: int
    hash: str
    median_time: int


class Source(Protocol):
    """A source of raw blocks of one chain."""

    @property
    def name(self) -> str:
        """The source's name as in ``SATLEDGER_SOURCE``."""
        ...

    @property
    def intake(self) -> Intake:
        """What was taken of the source's files, and what was skipped; empty where it reads none.

        ``extract`` counts rows when it reads them. All rows of complete days count as taken, also of days not asked
        for.
        """
        ...

    def tip(self) -> Tip:
        """The last block that the source has now.

        Raises:
            SatledgerError: the source cannot be read.
        """
        ...

    def first_day(self) -> date:
        """The first day of the calendar (docs/method.md, 1).

        Raises:
            IncompleteDayError: there are not enough blocks to know it.
        """
        ...

    def last_complete_day(self) -> date | None:
        """The last day that is complete (docs/method.md, 1), or None where none is."""
        ...

    def last_hash(self, day: date) -> str:
        """Hash of the last block up to the end of a complete day, which commits to all blocks before it.

        Raises:
            IncompleteDayError: the day is not complete.
        """
        ...

    def stale_days(self, held: Sequence[Manifest]) -> list[date]:
        """Held days whose blocks the source no longer has in its chain, or that are no longer complete.

        These have to be removed from the lake (``remove_days``) before ``extract`` is asked for them again.

        Raises:
            SatledgerError: the source is behind the lake, or on another chain.
        """
        ...

    def has(self, held: Manifest) -> bool:
        """Whether the blocks of a held day, which is complete in the source, are the source's."""
        ...

    def begun(self, day: date) -> Self:
        """The same source, for which a day ends after its first hour (``lake.next_hour``).

        That day is complete once the chain is past the hour, whatever ``min_confirmations`` says, and the last one that
        can be extracted. It is written beside the raw days, and does not count in the intake, which both share.
        """
        ...

    def extract(self, days: Sequence[date], report: Report = silent) -> Iterator[Manifest]:
        """Write the raw days asked for into the lake, in order, and yield the manifest of each once it is written.

        Raises:
            IncompleteDayError: a day is not complete yet, or lies before the first; nothing is written then.
            SourceChangedError: the source's chain changed below what the lake holds: look for stale days again.
            SatledgerError: what was read is not whole, or the source failed; days already yielded stay valid.
        """
        ...


def consecutive(days: Sequence[date]) -> Iterator[tuple[date, date]]:
    """Days, in any order, as ranges of consecutive ones (first and last day), in order."""
    ordered = sorted(set(days))
    first = 0
    for place, day in enumerate(ordered):
        if place + 1 == len(ordered) or ordered[place + 1] != day + ONE_DAY:
            yield ordered[first], day
            first = place + 1


def groups(calendar: Calendar, ranges: Sequence[tuple[date, date]], transactions: int) -> Iterator[Group]:
    """The blocks of some ranges of days in groups of whole, consecutive days.

    A group ends with the day with which it has at least ``transactions`` transactions.
    """
    for first, last in ranges:
        group: Group = []
        found = 0
        for day in calendar.days(first, last):
            group.append(day)
            found += sum(header.transactions for header in day.headers)
            if found >= transactions:
                yield group
                group, found = [], 0
        if group:
            yield group
