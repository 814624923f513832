"""Daily values of a metric, aggregated to longer intervals and transformed."""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby

from serving.catalog import Metric
from serving.derived import IDS
from serving.graphql.intervals import DAY, Interval
from serving.graphql.moments import first_day
from serving.graphql.numbers import Whole
from serving.graphql.transforms import KINDS, Kind, Points
from serving.known import values_at
from serving.published import Snapshot
from serving.statements import Statement

AGGREGATIONS: dict[str, Callable[[Sequence[float]], float]] = {
    "ANY": lambda values: values[0],
    "AVG": lambda values: math.fsum(values) / len(values),
    "COUNT": lambda values: float(len(values)),
    "FIRST": lambda values: values[0],
    "LAST": lambda values: values[-1],
    "MAX": max,
    "MEDIAN": statistics.median,
    "MIN": min,
    "SUM": math.fsum,
}
# Not among the above: it gives four values for each interval.
OHLC = "OHLC"
# Above this a double cannot represent every integer.
_MOST = 2**53

Candles = list[tuple[date, dict[str, float]]]


@dataclass(frozen=True)
class Window:
    """A range of days, cut into intervals."""

    begin: datetime
    end: datetime
    interval: Interval = DAY
    as_of: datetime | None = None

    @property
    def start(self) -> date:
        """The first day of the first interval."""
        return self.interval.start(first_day(self.begin))

    def extended(self, points: int) -> tuple[date, date]:
        """First and last day, with so many intervals more before them."""
        first = self.interval.before(self.start, points) if points else first_day(self.begin)
        return first, self.end.date()


def load(snapshot: Snapshot, asset: str, metric: str, first: date, last: date, as_of: datetime | None = None) -> Points:
    """The days that have a value, in order; as of a moment in UTC, those that had been published then."""
    if as_of:
        return _load_as_of(snapshot, asset, metric, first, last, as_of)
    table = "derived_daily" if metric in IDS else "published.metrics_daily"
    with snapshot.cursor() as cursor:
        return cursor.execute(
            f"""
            select time, value from {table}
            where asset = ? and metric = ? and time between ? and ? and value is not null
            order by time
            """,
            [asset, metric, first, last],
        ).fetchall()


def _load_as_of(snapshot: Snapshot, asset: str, metric: str, first: date, last: date, as_of: datetime) -> Points:
    statement = Statement()
    asked = (
        f"asset = {statement.value(asset)} and metric = {statement.value(metric)} "
        f"and time between {statement.value(first)} and {statement.value(last)}"
    )
    ahead = [metric] if snapshot.catalog.metrics[metric].days_ahead else []
    values = values_at(statement, as_of.astimezone(UTC).replace(tzinfo=None), asked, ahead)
    with snapshot.cursor() as cursor:
        return cursor.execute(
            f"select time, value_text::double from {values} where value_text is not null order by time",
            statement.values,
        ).fetchall()


def _grouped(points: Points, interval: Interval) -> list[tuple[date, list[float]]]:
    groups = groupby(points, key=lambda point: interval.start(point[0]))
    return [(start, [value for _, value in group]) for start, group in groups]


def aggregate(points: Points, interval: Interval, aggregation: str) -> Points:
    """One point for every interval that has values, dated by the interval's first day."""
    combine = AGGREGATIONS[aggregation]
    return [(start, combine(values)) for start, values in _grouped(points, interval)]


def series(
    snapshot: Snapshot, asset: str, metric: str, window: Window, aggregation: str, transform: Kind = KINDS["none"]
) -> Points:
    """The values of an asset's metric in a window."""
    first, last = window.extended(transform.points_before)
    points = aggregate(load(snapshot, asset, metric, first, last, window.as_of), window.interval, aggregation)
    return [point for point in transform.apply(points) if point[0] >= window.start]


def candles(snapshot: Snapshot, asset: str, metric: str, window: Window) -> Candles:
    """The first, highest, lowest and last daily value of every interval in a window."""
    grouped = _grouped(load(snapshot, asset, metric, *window.extended(0), window.as_of), window.interval)
    return [
        (start, {"open": values[0], "high": max(values), "low": min(values), "close": values[-1]})
        for start, values in grouped
    ]


def as_number(metric: Metric, aggregation: str, value: float, transform: Kind = KINDS["none"]) -> float:
    """A value as answers have it: counts are whole numbers, unless an average of theirs is none."""
    counted = transform.counts and (metric.value_type == "count" or aggregation == "COUNT")
    return Whole(value) if counted and value.is_integer() and abs(value) < _MOST else value
