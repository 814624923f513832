"""Which days a run of the models rewrites: a pure function of the request, the lake and the warehouse."""

from collections.abc import Mapping
from datetime import date

from dagster_project.days import ONE_DAY, Days
from dagster_project.errors import SatledgerError

Fingerprints = Mapping[date, str]


def window(requested: Days, held: Fingerprints, built: Fingerprints, at_genesis: bool) -> Days:
    """Return the days that dbt has to rewrite when some are requested.

    These are the requested days and, if raw days changed since the warehouse was built, all days from the first change
    to the last built day: balances carry a change on to later days, and days that are gone have to be removed.

    Args:
        requested: the days asked for.
        held: fingerprints of the raw days in the lake.
        built: fingerprints of the raw days that the warehouse was built from.
        at_genesis: whether the lake's first day is the chain's first.

    Raises:
        SatledgerError: the lake is empty or lacks the day before the window, or earlier days are not built.
    """
    if not held:
        raise SatledgerError(
            f"The lake does not hold {requested.first}: select raw_days and all that is built from it, or all assets."
        )
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
