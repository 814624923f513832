"""Intervals, aggregation and transforms."""

import statistics
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from graphql import GraphQLError
from hypothesis import given
from hypothesis import strategies as st

from serving.graphql.moments import bucket, first_day, parse_interval, parse_moment
from serving.graphql.series import AGGREGATIONS, Points, Transform, aggregate, transformed

DAY = timedelta(days=1)
numbers = st.floats(-1e12, 1e12)
series = st.lists(numbers, min_size=1, max_size=60).map(
    lambda values: [(date(2023, 1, 1) + n * DAY, value) for n, value in enumerate(values)]
)


@given(series, st.integers(1, 30), st.sampled_from(sorted(AGGREGATIONS)))
def test_every_day_is_in_exactly_one_interval(points: Points, days: int, aggregation: str) -> None:
    found = aggregate(points, days, aggregation)
    starts = [start for start, _ in found]
    assert all((b - a).days == days for a, b in pairwise(starts))
    for start, value in found:
        inside = [v for when, v in points if start <= when < start + days * DAY]
        expected = {
            "ANY": inside[0],
            "AVG": statistics.fmean(inside),
            "COUNT": len(inside),
            "FIRST": inside[0],
            "LAST": inside[-1],
            "MAX": max(inside),
            "MEDIAN": statistics.median(inside),
            "MIN": min(inside),
            "SUM": statistics.fmean(inside) * len(inside),
        }[aggregation]
        assert value == pytest.approx(expected, rel=1e-9, abs=1e-3)


@given(series, st.integers(1, 10))
def test_moving_average(points: Points, base: int) -> None:
    found = transformed(points, Transform("moving_average", base))
    assert [when for when, _ in found] == [when for when, _ in points]
    for i in range(base - 1, len(points)):
        window = [value for _, value in points[i + 1 - base : i + 1]]
        assert found[i][1] == pytest.approx(statistics.fmean(window), rel=1e-9, abs=1e-3)


@given(series)
def test_changes_add_up_to_the_difference_of_the_ends(points: Points) -> None:
    changes = transformed(points, Transform("changes"))
    assert len(changes) == len(points) - 1
    assert sum(v for _, v in changes) == pytest.approx(points[-1][1] - points[0][1], rel=1e-6, abs=1e-1)


def test_intervals_are_counted_from_1970() -> None:
    assert bucket(date(1970, 1, 7), 7) == date(1970, 1, 1)
    assert bucket(date(1970, 1, 8), 7) == date(1970, 1, 8)
    assert bucket(date(2023, 3, 5), 1) == date(2023, 3, 5)


@pytest.mark.parametrize(("text", "days"), [("1d", 1), ("24h", 1), ("2w", 14), ("10080m", 7), ("86400s", 1)])
def test_interval_spellings(text: str, days: int) -> None:
    assert parse_interval(text) == days


@pytest.mark.parametrize("text", ["", "d", "1", "1h", "0d", "-1d", "1.5d", "1y", "1d ", "٣d", None, 7])
def test_what_is_no_interval(text: object) -> None:
    with pytest.raises(GraphQLError):
        parse_interval(text)


@given(st.one_of(st.text(), st.integers(), st.none(), st.lists(st.integers())))
def test_what_is_no_moment_is_refused_with_a_sentence(value: object) -> None:
    try:
        assert parse_moment(value).tzinfo is UTC
    except GraphQLError as error:
        assert "is no datetime" in error.message


@given(st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(9999, 12, 30)))
def test_the_first_day_begins_at_or_after_the_instant(moment: datetime) -> None:
    found = datetime.combine(first_day(moment.replace(tzinfo=UTC)), datetime.min.time())
    assert timedelta(0) <= found - moment < DAY
