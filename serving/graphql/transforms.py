"""What the argument `transform` does to a series."""

import math
import re
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, pairwise

from graphql import GraphQLError

from serving.graphql.quoting import quoted

Points = list[tuple[date, float]]
MAX_BASE = 1_000


def _changes(points: Points) -> Points:
    return [(day, value - before) for (_, before), (day, value) in pairwise(points)]


def _percent_change(points: Points) -> Points:
    return [(day, _percent(before, value)) for (_, before), (day, value) in pairwise(points)]


def _percent(before: float, value: float) -> float:
    # As at Santiment: 0 if the previous value is not positive.
    return (value / before - 1) * 100 if before > 0 else 0.0


def _cumulative_sum(points: Points) -> Points:
    sums = accumulate(value for _, value in points)
    return [(day, total) for (day, _), total in zip(points, sums, strict=True)]


def _z_score(points: Points) -> Points:
    if not points:
        return points
    values = [value for _, value in points]
    mean, deviation = statistics.fmean(values), statistics.pstdev(values)
    if not deviation:
        raise GraphQLError("The transform z_score needs values that differ; all values of this range are the same.")
    return [(day, (value - mean) / deviation) for day, value in points]


@dataclass(frozen=True)
class Kind:
    """A transform that needs no argument.

    Attributes:
        apply: what it does.
        points_before: how many points before the range the first value of the range needs.
        counts: whether it makes whole numbers of whole numbers.
    """

    apply: Callable[[Points], Points]
    points_before: int = 0
    counts: bool = False


KINDS = {
    "none": Kind(lambda points: points, counts=True),
    "changes": Kind(_changes, 1, counts=True),
    "consecutive_differences": Kind(_changes, 1, counts=True),
    "cumulative_sum": Kind(_cumulative_sum, counts=True),
    "percent_change": Kind(_percent_change, 1),
    "cumulative_percent_change": Kind(lambda points: _percent_change(_cumulative_sum(points)), 1),
    "z_score": Kind(_z_score),
}
MOVING_AVERAGE = "moving_average"


def _moving_average(base: int) -> Kind:
    def average(points: Points) -> Points:
        """Moving average. At the start of the history it is over the points so far."""
        values = [value for _, value in points]
        windows = (values[max(0, i + 1 - base) : i + 1] for i in range(len(values)))
        return [(day, math.fsum(window) / len(window)) for (day, _), window in zip(points, windows, strict=True)]

    return Kind(average, base - 1, counts=True)


def make_transform(given: dict[str, object] | None) -> Kind:
    """Read the argument `transform`; its type may be written in camel case too.

    Raises:
        GraphQLError: there is no such transform, or its base is missing, out of bounds or has no meaning.
    """
    if given is None:
        return KINDS["none"]
    kind = re.sub(r"(?<=[a-z])[A-Z]", lambda letter: f"_{letter[0]}", str(given["type"])).lower()
    base = given.get("movingAverageBase")
    if kind == MOVING_AVERAGE:
        if not isinstance(base, int) or not 1 <= base <= MAX_BASE:
            raise GraphQLError(f"movingAverageBase must be from 1 to {MAX_BASE:,}: it is how many points are averaged.")
        return _moving_average(base)
    if kind not in KINDS:
        supported = ", ".join([*KINDS, MOVING_AVERAGE])
        raise GraphQLError(f"The transform {quoted(given['type'])} is not supported; supported are {supported}.")
    if base is not None:
        raise GraphQLError(f"movingAverageBase belongs to the transform {MOVING_AVERAGE}; leave it out with {kind}.")
    return KINDS[kind]
