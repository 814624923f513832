"""Daily values of a metric, aggregated to longer intervals and transformed."""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise

from graphql import GraphQLError

from serving.catalog import Metric
from serving.graphql.moments import bucket, first_day
from serving.published import Snapshot

Points = list[tuple[date, float]]

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


@dataclass(frozen=True)
class Transform:
    """What is done to the values: ``none``, ``changes`` or ``moving_average`` over ``base`` points."""

    kind: str = "none"
    base: int = 1

    @property
    def points_before(self) -> int:
        """How many points before the range the first value of the range needs."""
        return {"none": 0, "changes": 1, "moving_average": self.base - 1}[self.kind]


@dataclass(frozen=True)
class Window:
    """A range of days, cut into intervals of some days."""

    begin: datetime
    end: datetime
    days: int

    def extended(self, points: int) -> tuple[date, date]:
        """First and last day, with so many intervals more before them."""
        first, last = first_day(self.begin), self.end.date()
        if points:
            ahead = points * self.days
            start = bucket(first, self.days)
            first = start - timedelta(days=min(ahead, (start - date.min).days))
        return first, last


def default_aggregation(metric: Metric) -> str:
    """How values of several days become one: flows add up, means and ratios are averaged, stocks take the last."""
    return {"Sum": "SUM", "Mean": "AVG", "Ratio": "AVG"}.get(metric.type or "", "LAST")


def make_transform(given: dict[str, object] | None) -> Transform:
    """Read the argument `transform`.

    Raises:
        GraphQLError: there is no such transform, or its base is out of bounds.
    """
    if given is None:
        return Transform()
    kind = given["type"]
    if kind not in ("none", "changes", "moving_average"):
        raise GraphQLError(f"The transform {str(kind)[:50]!r} is not supported: none, changes, moving_average are.")
    base = given.get("movingAverageBase") or given.get("moving_average_base") or 1
    if not isinstance(base, int) or not 1 <= base <= 1_000:
        raise GraphQLError("movingAverageBase must be from 1 to 1000.")
    return Transform(str(kind), base)


def load(snapshot: Snapshot, asset: str, metric: str, first: date, last: date) -> Points:
    """The days that have a value, in order."""
    with snapshot.cursor() as cursor:
        return cursor.execute(
            """
            select time, value from published.metrics_daily
            where asset = ? and metric = ? and time between ? and ? and value is not null
            order by time
            """,
            [asset, metric, first, last],
        ).fetchall()


def aggregate(points: Points, days: int, aggregation: str) -> Points:
    """One point for every interval that has values, dated by the interval's first day."""
    combine = AGGREGATIONS[aggregation]
    grouped = groupby(points, key=lambda point: bucket(point[0], days))
    return [(start, combine([value for _, value in group])) for start, group in grouped]


def transformed(points: Points, transform: Transform) -> Points:
    """The points after the transform; a change needs a point before it, an average takes as many as there are."""
    if transform.kind == "changes":
        return [(day, value - before) for (_, before), (day, value) in pairwise(points)]
    if transform.kind == "moving_average":
        values = [value for _, value in points]
        windows = (values[max(0, i + 1 - transform.base) : i + 1] for i in range(len(values)))
        return [(day, math.fsum(window) / len(window)) for (day, _), window in zip(points, windows, strict=True)]
    return points


def series(
    snapshot: Snapshot, asset: str, metric: str, window: Window, aggregation: str, transform: Transform
) -> Points:
    """The values of an asset's metric in a window."""
    first, last = window.extended(transform.points_before)
    points = aggregate(load(snapshot, asset, metric, first, last), window.days, aggregation)
    begin = bucket(first_day(window.begin), window.days)
    return [point for point in transformed(points, transform) if point[0] >= begin]
