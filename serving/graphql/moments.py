"""Instants as the GraphQL interface writes them."""

import re
from datetime import UTC, date, datetime, timedelta

from graphql import GraphQLError

from serving.graphql.quoting import quoted

# As at Santiment, y is 365 days and m is a minute; there is no unit for months.
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800, "y": 31_536_000}
_RELATIVE = re.compile(r"utc_now(?:\s*-\s*((?:\d{1,9}[smhdwy])+))?", re.ASCII)
_PART = re.compile(r"(\d+)([smhdwy])", re.ASCII)
_EPOCH = date(1970, 1, 1)


def parse_moment(text: object) -> datetime:
    """An instant in UTC.

    Raises:
        GraphQLError: it is none; the message says what one looks like.
    """
    problem = f"{quoted(text)} is no datetime: write 2009-01-09T00:00:00Z, utc_now-30d or utc_now-1y."
    if not isinstance(text, str):
        raise GraphQLError(problem)
    try:
        if relative := _RELATIVE.fullmatch(text.strip()):
            back = sum(int(number) * _SECONDS[unit] for number, unit in _PART.findall(relative[1] or ""))
            return datetime.now(UTC) - timedelta(seconds=back)
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise GraphQLError(problem) from None


def print_moment(moment: date | datetime) -> str:
    """An instant as answers have it, to the second."""
    return f"{moment.isoformat()}T00:00:00Z" if not isinstance(moment, datetime) else f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def first_day(begin: datetime) -> date:
    """The first day that begins at or after an instant; never before 1970, long before any block chain."""
    midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    day = begin.date() if begin == midnight or begin.date() == date.max else begin.date() + timedelta(days=1)
    return max(day, _EPOCH)
