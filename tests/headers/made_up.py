"""Days of headers that nobody mined."""

from datetime import UTC, date, datetime, timedelta

from dagster_project.headers.model import Header
from dagster_project.headers.store import Day

BLOCKS = 5


def days_of(first: date, count: int) -> list[Day]:
    """Days with some blocks each, every fourth by its number without; heights of neighbours overlap, as Monero's do."""
    days = [first + timedelta(days=number) for number in range(count)]
    return [(day, _headers(day) if day.toordinal() % 4 else []) for day in days]


def _headers(day: date) -> list[Header]:
    start = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    before = BLOCKS * (day.toordinal() - date(2009, 1, 1).toordinal())
    heights = [before + number for number in (-1, *range(1, BLOCKS - 1), BLOCKS)]
    return [
        Header(
            height=height,
            hash=f"{height:064x}",
            previous_hash=None,
            time=start + 60 * height % 3600,
            previous_time=start if height % 2 else None,
            median_time=None if height % 3 else start,
            bits=None if height % 3 else "1a0ffff0",
            difficulty=1e15 / 3 + height,
            work=10**37 + height,
            reward=None if height % 2 else 10**18,
        )
        for height in heights
    ]
