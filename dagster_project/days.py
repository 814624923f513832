"""Ranges of days, and how they are split for runs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Days:
    """A range of days, both ends included."""

    first: date
    last: date

    def __iter__(self) -> Iterator[date]:
        """Yield the days in order."""
        for offset in range((self.last - self.first).days + 1):
            yield self.first + offset * ONE_DAY

    def __len__(self) -> int:
        """Return the number of days."""
        return max(0, (self.last - self.first).days + 1)

    def __str__(self) -> str:
        """The range for display."""
        return self.first.isoformat() if self.first == self.last else f"{self.first} to {self.last}"


def span(days: Sequence[date]) -> Days:
    """Return the smallest range that holds all given days; there has to be at least one."""
    return Days(min(days), max(days))


def quarters(days: Days) -> Iterator[Days]:
    """Split a range at the borders of calendar quarters, where keyframes are by default."""
    first = days.first
    while first <= days.last:
        months = first.year * 12 + (first.month - 1) // 3 * 3 + 3
        border = date(months // 12, months % 12 + 1, 1)
        yield Days(first, min(border - ONE_DAY, days.last))
        first = border


def chunks(days: Days, size: Mapping[date, int], limit: int) -> list[Days]:
    """Split a range into parts, each as long as possible without exceeding a weight, at quarters where that can be.

    Args:
        days: the range.
        size: weight of each day, such as its number of inputs and outputs; a missing day weighs 0.
        limit: the greatest weight of a part of more than one day.
    """
    parts: list[Days] = []
    weight = 0
    for quarter in quarters(days):
        heavy = sum(size.get(day, 0) for day in quarter)
        for part in [quarter] if heavy <= limit else _cut(quarter, size, limit):
            own = sum(size.get(day, 0) for day in part)
            if parts and weight + own <= limit:
                parts[-1] = Days(parts[-1].first, part.last)
                weight += own
            else:
                parts.append(part)
                weight = own
    return parts


def _cut(days: Days, size: Mapping[date, int], limit: int) -> Iterator[Days]:
    """Split a range into parts as long as possible without exceeding a weight; a heavier day is a part of its own."""
    first, weight = days.first, 0
    for day in days:
        own = size.get(day, 0)
        if day > first and weight + own > limit:
            yield Days(first, day - ONE_DAY)
            first, weight = day, 0
        weight += own
    yield Days(first, days.last)
