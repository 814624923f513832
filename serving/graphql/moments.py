"""Instants and intervals as the GraphQL interface writes them."""

import re
from datetime import UTC, date, datetime, timedelta

from graphql import GraphQLError

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_DAY = 86_400
_RELATIVE = re.compile(r"utc_now(?:-(\d{1,9})([smhdw]))?", re.ASCII)
_INTERVAL = re.compile(r"(\d{1,9})([smhdw])", re.ASCII)
_EPOCH = date(1970, 1, 1)


def parse_moment(text: object) -> datetime:
    """An instant in UTC.

    Raises:
        GraphQLError: it is none; the message says what one looks like.
    """
    problem = f"{str(text)[:100]!r} is no datetime: write 2009-01-09T00:00:00Z or utc_now-30d."
    if not isinstance(text, str):
        raise GraphQLError(problem)
    try:
        if relative := _RELATIVE.fullmatch(text):
            back = int(relative[1]) * _UNITS[relative[2]] if relative[1] else 0
            return datetime.now(UTC) - timedelta(seconds=back)
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise GraphQLError(problem) from None


def print_moment(moment: date | datetime) -> str:
    """An instant as answers have it, to the second."""
    return f"{moment.isoformat()}T00:00:00Z" if not isinstance(moment, datetime) else f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def parse_interval(text: object) -> int:
    """The days of an interval.

    Raises:
        GraphQLError: it is no whole number of days.
    """
    match = _INTERVAL.fullmatch(text) if isinstance(text, str) else None
    seconds = int(match[1]) * _UNITS[match[2]] if match else 0
    if not seconds or seconds % _DAY:
        raise GraphQLError(f"{str(text)[:100]!r} is no interval of whole days: write 1d, 7d or 2w.")
    return seconds // _DAY


def first_day(begin: datetime) -> date:
    """The first day that begins at or after an instant; never before 1970, long before any block chain."""
    midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    day = begin.date() if begin == midnight or begin.date() == date.max else begin.date() + timedelta(days=1)
    return max(day, _EPOCH)


def bucket(day: date, days: int) -> date:
    """The first day of the interval that a day falls into; intervals are counted from 1970-01-01."""
    number = (day - _EPOCH).days
    return _EPOCH + timedelta(days=number - number % days)
