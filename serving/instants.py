"""Instants as callers write them, in whole nanoseconds since 1970, and as answers print them."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from serving.errors import BadParameterError, NotSupportedError, shortened

SECOND = 10**9
DAY = 86_400 * SECOND
EPOCH = date(1970, 1, 1)

# One pattern for each spelling: with hyphens and colons, or without.
_FRACTION = r"(?:\.(?P<fraction>\d{3}|\d{6}|\d{9}))?Z?"
_FORMS = tuple(
    re.compile(form, re.ASCII)
    for form in (
        r"(?P<day>\d{4}-\d\d-\d\d)(?:T(?P<clock>\d\d:?\d\d:?\d\d)" + _FRACTION + ")?",
        r"(?P<day>\d{8})(?:T(?P<clock>\d\d:?\d\d:?\d\d)" + _FRACTION + ")?",
    )
)


def parse_zone(name: str) -> ZoneInfo:
    """A zone of the TZ database.

    Raises:
        BadParameterError: there is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise NotSupportedError("timezone", name) from None


def parse_instant(parameter: str, text: str, zone: ZoneInfo) -> int:
    """Nanoseconds since 1970 of an instant, read on the clocks of a zone; a trailing Z is overruled by the zone.

    Raises:
        BadParameterError: it is no instant in one of the documented spellings.
    """
    for form in _FORMS:
        if match := form.fullmatch(text):
            clock = (match["clock"] or "000000").replace(":", "")
            try:
                local = datetime.strptime(match["day"].replace("-", "") + clock, "%Y%m%d%H%M%S").replace(tzinfo=zone)
                seconds = (local - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
            except (ValueError, OverflowError):
                break
            return seconds * SECOND + int((match["fraction"] or "0").ljust(9, "0"))
    raise BadParameterError(
        parameter,
        f"Value '{shortened(text)}' is not supported: write a time like 2009-01-09, 20090109, 2009-01-09T12:30:00 or "
        "2009-01-09T12:30:00.000000000Z.",
    )


def from_below(instant: int, unit: int, inclusive: bool) -> int:
    """The smallest whole number of units that is not below an instant, or that is above it if it is excluded."""
    return -(-instant // unit) if inclusive else instant // unit + 1


def from_above(instant: int, unit: int, inclusive: bool) -> int:
    """The largest whole number of units that is not above an instant, or that is below it if it is excluded."""
    return instant // unit if inclusive else -(-instant // unit) - 1


def as_day(days: int) -> date:
    """The date that lies a number of days after 1970-01-01, bounded by the calendar's ends."""
    return date.fromordinal(min(max(days + EPOCH.toordinal(), 1), date.max.toordinal()))


def iso(moment: date | datetime) -> str:
    """An instant in UTC as answers print it, with nine digits; a date is its midnight."""
    if not isinstance(moment, datetime):
        return f"{moment.isoformat()}T00:00:00.000000000Z"
    return f"{moment.strftime('%Y-%m-%dT%H:%M:%S.%f')}000Z"
