"""What has to be built: pure functions of what the source has, what the lake holds and what the warehouse built."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from dagster_project.days import ONE_DAY, Days, span
from dagster_project.errors import IncompleteDayError, SatledgerError

Fingerprints = Mapping[date, str]


@dataclass(frozen=True)
class Wanted:
    """The days a user asks for; without bounds, all that are not built."""

    first: date | None = None
    last: date | None = None

    def __bool__(self) -> bool:
        """Whether anything in particular was asked for."""
        return self.first is not None or self.last is not None


EVERYTHING = Wanted()


def requested_days(
    wanted: Wanted,
    first_day: date,
    last_complete: date | None,
    held: Fingerprints,
    built: Fingerprints,
    stale: Collection[date],
) -> Days | None:
    """Return the days that a build is started for, or None where all is up to date.

    The build itself widens them by ``window``: days that vanished from the chain cannot be asked for.

    Args:
        wanted: what the user asks for.
        first_day: the first day of the source's calendar.
        last_complete: the last day that the source has in full.
        held: fingerprints of the raw days in the lake.
        built: fingerprints of the raw days that the warehouse was built from.
        stale: days of the lake that are no longer the source's.

    Raises:
        IncompleteDayError: a day asked for lies before the first, or is not complete.
        SatledgerError: a day asked for cannot be built because days before it are not.
    """
    if last_complete is None:
        raise IncompleteDayError(
            f"The source has no complete day yet: the first is {first_day}, and it is complete once a later day has "
            "begun and enough blocks confirm it."
        )
    for day in (wanted.first, wanted.last):
        if day is not None and day < first_day:
            raise IncompleteDayError(f"{day} lies before the first day of the chain, {first_day}.")
        if day is not None and day > last_complete:
            raise IncompleteDayError(f"{day} is not complete yet: the last complete day is {last_complete}.")
    if wanted.first and wanted.last and wanted.first > wanted.last:
        raise SatledgerError(f"The range from {wanted.first} to {wanted.last} is empty: give the earlier day first.")
    calendar = Days(first_day, last_complete)
    changed = [day for day in built if day in stale or day not in held or held[day] != built[day]]
    missing = [day for day in calendar if day not in built]
    end = wanted.last or last_complete
    if wanted.first is None:
        days = [day for day in (*changed, *missing) if day <= end]
        # A day that is gone cannot be asked for: its predecessor is, which has the window reach over it.
        return span(days) if days else (Days(end, end) if changed else None)
    asked = Days(wanted.first, end)
    gap = [day for day in missing if day < asked.first]
    if gap:
        raise SatledgerError(
            f"{asked.first} cannot be built before the days that precede it: {span(gap)} "
            f"{'is' if len(gap) == 1 else 'are'} not built; start with --from {gap[0]}."
        )
    return asked


def window(requested: Days, held: Fingerprints, built: Fingerprints, at_genesis: bool) -> Days:
    """Return the days that dbt has to rewrite when some are requested.

    These are the days requested and, where the raw days changed since the warehouse was built, everything from the
    first change to the last day built: balances carry a change on, and days that are gone have to vanish.

    Args:
        requested: the days asked for.
        held: fingerprints of the raw days in the lake.
        built: fingerprints of the raw days that the warehouse was built from.
        at_genesis: whether the lake's first day is the chain's first.

    Raises:
        SatledgerError: the days before are neither built nor the chain's beginning.
    """
    changed = [day for day, fingerprint in built.items() if held.get(day) != fingerprint]
    first, last = requested.first, requested.last
    if changed:
        first, last = min(first, *changed), max(last, *built)
    earlier = [day for day in held if day < first]
    gap = [day for day in earlier if day not in built]
    if gap or (not earlier and not at_genesis):
        raise SatledgerError(
            f"{first} cannot be built before the days that precede it: build from "
            f"{gap[0] if gap else 'the first day of the chain'} on."
        )
    if earlier and max(earlier) != first - ONE_DAY:
        raise SatledgerError(f"{first} cannot be built: the lake lacks {first - ONE_DAY}, the day before it.")
    return Days(first, last)
