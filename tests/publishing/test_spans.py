"""Which spans of days files hold follows from the days alone."""

import random
from datetime import date, timedelta
from itertools import pairwise

import pytest

from dagster_project.days import ONE_DAY, Days
from dagster_project.publish.tables import Pace, label, public_tables, spans


def labels(first: date, last: date, pace: Pace) -> list[str]:
    return [label(each) for each in spans(Days(first, last), pace)]


def test_days_of_the_open_month_are_files_of_their_own() -> None:
    assert labels(date(2023, 11, 17), date(2024, 2, 2), Pace.DAYS) == [
        "2023-11",
        "2023-12",
        "2024-01",
        "2024-02-01",
        "2024-02-02",
    ]


def test_a_month_is_one_file_from_its_last_day_on() -> None:
    assert labels(date(2024, 1, 1), date(2024, 2, 28), Pace.DAYS)[-1] == "2024-02-28"
    assert labels(date(2024, 1, 1), date(2024, 2, 29), Pace.DAYS) == ["2024-01", "2024-02"]


def test_small_tables_have_few_files_whatever_lies_behind() -> None:
    assert labels(date(2009, 1, 3), date(2026, 3, 5), Pace.YEARS) == ["2009-2024", "2025", "2026"]
    assert labels(date(2009, 1, 3), date(2026, 3, 5), Pace.MONTHS) == [
        "2009-2024",
        "2025",
        "2026-01",
        "2026-02",
        "2026-03",
    ]
    assert labels(date(2022, 5, 5), date(2022, 5, 6), Pace.YEARS) == ["2022"]
    found = labels(date(2022, 5, 5), date(2032, 12, 31), Pace.YEARS)
    assert found == ["2022", "2023", "2024", "2025-2028", "2029-2032"]
    first = date(2009, 1, 3)
    every = [len(labels(first, first + timedelta(days=number), Pace.MONTHS)) for number in range(0, 9000, 3)]
    assert max(every) <= 1 + 3 + 3 + 12


@pytest.mark.parametrize("pace", Pace)
def test_spans_hold_every_day_once_and_stand_once_they_are_closed(pace: Pace) -> None:
    drawn = random.Random(5)
    for _ in range(200):
        first = date(2009, 1, 1) + timedelta(days=drawn.randrange(7_000))
        last = first + timedelta(days=drawn.randrange(3_000))
        found = list(spans(Days(first, last), pace))
        assert found[0].first <= first
        assert found[-1].last >= last
        assert all(a.last + ONE_DAY == b.first for a, b in pairwise(found))
        assert all(each.first <= last for each in found)


def test_a_pace_that_is_none_is_named() -> None:
    model = {"description": "", "columns": {}, "config": {"meta": {"files": "weeks", "day_column": "day"}}}
    with pytest.raises(Exception, match=r"The model entries has meta.files 'weeks': give one of days, months, years"):
        public_tables({"entries": model})
