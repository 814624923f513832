"""Ranges of days and how they are cut."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from dagster_project.days import Days, chunks, quarters, span

YEAR = Days(date(2023, 1, 1), date(2023, 12, 31))


def test_quarters_end_where_the_calendar_says() -> None:
    days = Days(date(2023, 2, 15), date(2024, 1, 1))
    assert [str(quarter) for quarter in quarters(days)] == [
        "2023-02-15 to 2023-03-31",
        "2023-04-01 to 2023-06-30",
        "2023-07-01 to 2023-09-30",
        "2023-10-01 to 2023-12-31",
        "2024-01-01",
    ]


def test_light_quarters_share_a_part_and_heavy_ones_are_cut() -> None:
    weight = {date(2023, 1, 1): 10, date(2023, 4, 1): 10, date(2023, 7, 1): 30, date(2023, 8, 1): 30}
    weight |= {date(2023, 8, 2): 60, date(2023, 10, 1): 1}
    assert [str(part) for part in chunks(YEAR, weight, 50)] == [
        "2023-01-01 to 2023-07-31",
        "2023-08-01",
        "2023-08-02",  # a day above the limit
        "2023-08-03 to 2023-12-31",
    ]


@given(st.dates(date(2009, 1, 3), date(2030, 1, 1)), st.integers(0, 2000), st.integers(0, 300))
def test_parts_cover_a_range_without_gap_or_overlap(first: date, length: int, limit: int) -> None:
    days = Days(first, date.fromordinal(first.toordinal() + length))
    parts = chunks(days, dict.fromkeys(days, 1), limit)
    assert [day for part in parts for day in part] == list(days)
    assert all(len(part) <= max(limit, 1) for part in parts)


def test_span_is_the_smallest_range() -> None:
    assert span([date(2023, 5, 2), date(2023, 5, 1), date(2023, 5, 9)]) == Days(date(2023, 5, 1), date(2023, 5, 9))
