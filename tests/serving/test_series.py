"""Intervals, aggregation and transforms."""

import statistics
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate, pairwise

import pytest
from graphql import GraphQLError
from hypothesis import given
from hypothesis import strategies as st

from serving.graphql.intervals import FUNCTIONS, Days, parse_interval
from serving.graphql.moments import first_day, parse_moment
from serving.graphql.series import AGGREGATIONS, aggregate
from serving.graphql.transforms import KINDS, Points, make_transform

DAY = timedelta(days=1)
numbers = st.floats(-1e12, 1e12)
series = st.lists(numbers, min_size=1, max_size=60).map(
    lambda values: [(date(2023, 1, 1) + n * DAY, value) for n, value in enumerate(values)]
)
dates = st.dates(date(1970, 1, 1), date(9999, 1, 1))


@given(series, st.integers(1, 30), st.sampled_from(sorted(AGGREGATIONS)))
def test_every_day_is_in_exactly_one_interval(points: Points, days: int, aggregation: str) -> None:
    found = aggregate(points, Days(days), aggregation)
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
    found = make_transform({"type": "moving_average", "movingAverageBase": base}).apply(points)
    assert [when for when, _ in found] == [when for when, _ in points]
    for i in range(base - 1, len(points)):
        window = [value for _, value in points[i + 1 - base : i + 1]]
        assert found[i][1] == pytest.approx(statistics.fmean(window), rel=1e-9, abs=1e-3)


@given(series)
def test_changes_add_up_to_the_difference_of_the_ends(points: Points) -> None:
    changes = KINDS["changes"].apply(points)
    assert changes == KINDS["consecutive_differences"].apply(points)
    assert len(changes) == len(points) - 1
    assert sum(v for _, v in changes) == pytest.approx(points[-1][1] - points[0][1], rel=1e-6, abs=1e-1)


@given(st.lists(st.integers(1, 10**6), min_size=2, max_size=30))
def test_changes_in_percent_and_sums(values: list[int]) -> None:
    points: Points = [(date(2023, 1, 1) + n * DAY, float(value)) for n, value in enumerate(values)]
    sums = list(accumulate(values))
    assert [v for _, v in KINDS["cumulative_sum"].apply(points)] == sums
    percent = [v for _, v in KINDS["percent_change"].apply(points)]
    assert percent == pytest.approx([100 * (b - a) / a for a, b in pairwise(values)], abs=1e-6)
    cumulative = [v for _, v in KINDS["cumulative_percent_change"].apply(points)]
    assert cumulative == pytest.approx([100 * (b - a) / a for a, b in pairwise(sums)], abs=1e-6)


def test_there_is_no_percentage_of_nothing() -> None:
    points: Points = [(date(2023, 1, n + 1), value) for n, value in enumerate([0.0, 5.0, -2.0, 3.0])]
    assert [v for _, v in KINDS["percent_change"].apply(points)] == pytest.approx([0, -140, 0])


@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=40).filter(lambda values: len(set(values)) > 1))
def test_z_scores_have_mean_0_and_deviation_1(values: list[int]) -> None:
    points: Points = [(date(2023, 1, 1) + n * DAY, float(value)) for n, value in enumerate(values)]
    scores = [v for _, v in KINDS["z_score"].apply(points)]
    assert statistics.fmean(scores) == pytest.approx(0, abs=1e-9)
    assert statistics.pstdev(scores) == pytest.approx(1)
    with pytest.raises(GraphQLError, match="z_score"):
        KINDS["z_score"].apply([(day, 7.0) for day, _ in points])


def test_days_are_counted_from_1970() -> None:
    assert Days(7).start(date(1970, 1, 7)) == date(1970, 1, 1)
    assert Days(7).start(date(1970, 1, 8)) == date(1970, 1, 8)
    assert Days(1).start(date(2023, 3, 5)) == date(2023, 3, 5)


@given(dates, st.sampled_from(sorted(FUNCTIONS)), st.integers(0, 50))
def test_intervals_of_the_calendar(day: date, name: str, count: int) -> None:
    interval = parse_interval(name)
    start = interval.start(day)
    assert start <= day and interval.start(start) == start
    assert interval.start(start - DAY) == interval.before(start, 1)
    back = start
    for _ in range(count):
        back = interval.start(back - DAY)
    assert interval.before(start, count) == back
    assert {
        "toStartOfDay": start == day,
        "toStartOfWeek": start.isoweekday() == 7 and (day - start).days < 7,
        "toMonday": start.isoweekday() == 1 and (day - start).days < 7,
        "toStartOfMonth": start == day.replace(day=1),
        "toStartOfQuarter": (start.day, start.year) == (1, day.year)
        and start.month in (1, 4, 7, 10)
        and 0 <= day.month - start.month < 3,
        "toStartOfYear": start == date(day.year, 1, 1),
    }[name]


def test_before_the_calendar_begins_there_is_nothing() -> None:
    for name in FUNCTIONS:
        assert parse_interval(name).before(date(1970, 1, 1), 10**6) == date.min


@pytest.mark.parametrize(("text", "days"), [("1d", 1), ("24h", 1), ("2w", 14), ("10080m", 7), ("86400s", 1)])
def test_interval_spellings(text: str, days: int) -> None:
    assert parse_interval(text) == Days(days)


@pytest.mark.parametrize("text", ["", "d", "1", "1h", "0d", "-1d", "1.5d", "1y", "1d ", "٣d", None, 7, "toStartOfHour"])
def test_what_is_no_interval(text: object) -> None:
    with pytest.raises(GraphQLError):
        parse_interval(text)


@pytest.mark.parametrize(
    ("text", "back"),
    [
        ("utc_now", timedelta(0)),
        ("utc_now-1y", timedelta(days=365)),
        ("utc_now - 30d", timedelta(days=30)),
        ("utc_now -2w", timedelta(weeks=2)),
        ("utc_now-1y2d", timedelta(days=367)),
        ("utc_now-90m", timedelta(minutes=90)),
    ],
)
def test_moments_before_now(text: str, back: timedelta) -> None:
    assert abs(datetime.now(UTC) - back - parse_moment(text)) < timedelta(minutes=1)


@pytest.mark.parametrize("text", ["utc_now-", "utc_now-1", "utc_now+1d", "utc_now-1mo", "utc_now-99999y", "utcnow"])
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(GraphQLError, match="is no datetime"):
        parse_moment(text)


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
