"""Intervals for grouping days: a number of days counted from 1970-01-01, or calendar weeks, months and years."""

import re
from dataclasses import dataclass
from datetime import date

from graphql import GraphQLError

from serving.graphql.quoting import quoted

_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_DAY = 86_400
_LENGTH = re.compile(r"(\d{1,9})([smhdw])", re.ASCII)
_EPOCH = date(1970, 1, 1)
_FIRST = date.min.toordinal()


def _day(ordinal: int) -> date:
    """The date of a day number; the first date of the calendar for numbers before it."""
    return date.fromordinal(max(ordinal, _FIRST))


@dataclass(frozen=True)
class Days:
    """So many days from ``origin`` on."""

    length: int
    origin: date = _EPOCH

    def start(self, day: date) -> date:
        """The first day of the interval that a day falls into."""
        return _day(day.toordinal() - (day - self.origin).days % self.length)

    def before(self, start: date, count: int) -> date:
        """The first day of the interval that comes ``count`` intervals before the one of ``start``."""
        return _day(start.toordinal() - count * self.length)


@dataclass(frozen=True)
class Months:
    """So many months of the calendar, from January on."""

    count: int

    @property
    def length(self) -> int:
        """About how many days an interval has."""
        return {1: 30, 3: 91, 12: 365}[self.count]

    def start(self, day: date) -> date:
        """The first day of the interval that a day falls into."""
        return date(day.year, (day.month - 1) // self.count * self.count + 1, 1)

    def before(self, start: date, count: int) -> date:
        """The first day of the interval that comes ``count`` intervals before the one of ``start``."""
        year, month = divmod(start.year * 12 + start.month - 1 - count * self.count, 12)
        return date(year, month + 1, 1) if year >= 1 else date.min


Interval = Days | Months
DAY = Days(1)

# 1970-01-04 is a Sunday.
FUNCTIONS: dict[str, Interval] = {
    "toStartOfDay": DAY,
    "toStartOfWeek": Days(7, date(1970, 1, 4)),
    "toMonday": Days(7, date(1970, 1, 5)),
    "toStartOfMonth": Months(1),
    "toStartOfQuarter": Months(3),
    "toStartOfYear": Months(12),
}


def parse_interval(text: object) -> Interval:
    """Read an interval.

    Raises:
        GraphQLError: it is neither a whole number of days nor one of the calendar's; the message says what is.
    """
    if isinstance(text, str):
        if text in FUNCTIONS:
            return FUNCTIONS[text]
        match = _LENGTH.fullmatch(text)
        seconds = int(match[1]) * _SECONDS[match[2]] if match else 0
        if seconds and seconds % _DAY == 0:
            return Days(seconds // _DAY)
    raise GraphQLError(
        f"{quoted(text)} is no interval of whole days: write 1d, 7d or 2w, or one of {', '.join(FUNCTIONS)}."
    )
