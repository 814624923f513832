"""Which days are built: pure functions of source, lake and warehouse."""

from datetime import date

import pytest

from dagster_project.days import Days
from dagster_project.errors import IncompleteDayError, SatledgerError
from dagster_project.warehouse.plan import EVERYTHING, Wanted, requested_days, window


def day(number: int) -> date:
    return date(2023, 1, number)


def prints(*numbers: int, changed: int | None = None) -> dict[date, str]:
    return {day(number): "other" if number == changed else f"fingerprint {number}" for number in numbers}


FIRST, LAST = day(1), day(9)


def requested(
    wanted: Wanted = EVERYTHING,
    held: dict[date, str] | None = None,
    built: dict[date, str] | None = None,
    stale: tuple[date, ...] = (),
    last: date | None = LAST,
) -> Days | None:
    return requested_days(wanted, FIRST, last, held or {}, built or {}, stale)


def test_all_complete_days_are_built_first() -> None:
    assert requested() == Days(FIRST, LAST)


def test_nothing_is_due_when_all_is_built() -> None:
    everything = prints(*range(1, 10))
    assert requested(held=everything, built=everything) is None


def test_only_missing_days_are_due() -> None:
    assert requested(held=prints(1, 2, 3, 4), built=prints(1, 2, 3)) == Days(day(4), LAST)


def test_a_reorganised_day_is_due_with_all_that_follow_and_are_missing() -> None:
    everything = prints(*range(1, 10))
    assert requested(held=everything, built=everything, stale=(day(7),)) == Days(day(7), day(7))
    assert requested(held=prints(1, 2, 3), built=prints(1, 2, 3), stale=(day(2),)) == Days(day(2), LAST)


def test_a_raw_day_that_was_replaced_is_due() -> None:
    assert requested(held=prints(*range(1, 10), changed=5), built=prints(*range(1, 10))) == Days(day(5), day(5))


def test_days_that_are_gone_are_reached_through_the_last_complete_one() -> None:
    everything = prints(*range(1, 10))
    due = requested(held=everything, built=everything, stale=(day(8), day(9)), last=day(7))
    assert due == Days(day(7), day(7))
    assert window(Days(day(7), day(7)), prints(*range(1, 8)), everything, at_genesis=True) == Days(day(7), day(9))


def test_a_given_range_is_built_again_even_when_it_is_built() -> None:
    everything = prints(*range(1, 10))
    assert requested(Wanted(day(3), day(5)), everything, everything) == Days(day(3), day(5))


def test_only_a_last_day_begins_with_what_is_missing() -> None:
    assert requested(Wanted(None, day(6)), prints(1, 2), prints(1, 2)) == Days(day(3), day(6))


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (Wanted(date(2022, 12, 31), None), "2022-12-31 lies before the first day of the chain, 2023-01-01."),
        (Wanted(None, day(10)), "2023-01-10 is not complete yet: the last complete day is 2023-01-09."),
    ],
)
def test_days_outside_of_the_calendar_are_refused(wanted: Wanted, sentence: str) -> None:
    with pytest.raises(IncompleteDayError) as refusal:
        requested(wanted)
    assert str(refusal.value) == sentence


def test_a_source_without_a_complete_day_is_refused() -> None:
    with pytest.raises(IncompleteDayError, match="has no complete day yet"):
        requested(last=None)


def test_a_range_whose_predecessors_are_not_built_is_refused() -> None:
    with pytest.raises(SatledgerError, match=r"2023-01-05 cannot be built .* 2023-01-03 to 2023-01-04 are not built"):
        requested(Wanted(day(5), None), prints(1, 2), prints(1, 2))


def test_the_window_is_what_was_requested_where_nothing_changed() -> None:
    everything = prints(*range(1, 10))
    assert window(Days(day(3), day(4)), everything, everything, at_genesis=True) == Days(day(3), day(4))


def test_the_window_reaches_from_the_first_change_to_the_last_day_built() -> None:
    days = window(Days(day(8), day(8)), prints(*range(1, 10), changed=4), prints(*range(1, 10)), at_genesis=True)
    assert days == Days(day(4), day(9))


def test_a_window_needs_its_predecessors_built() -> None:
    with pytest.raises(SatledgerError, match="build from 2023-01-02 on"):
        window(Days(day(3), day(4)), prints(1, 2, 3, 4), prints(1), at_genesis=True)


def test_a_window_needs_the_lake_without_a_gap() -> None:
    with pytest.raises(SatledgerError, match="the lake lacks 2023-01-03"):
        window(Days(day(4), day(4)), prints(1, 2, 4), prints(1, 2), at_genesis=True)


def test_a_window_begins_at_genesis_or_after_a_built_day() -> None:
    assert window(Days(day(5), day(6)), prints(5, 6), {}, at_genesis=True) == Days(day(5), day(6))
    with pytest.raises(SatledgerError, match="from the first day of the chain on"):
        window(Days(day(5), day(6)), prints(5, 6), {}, at_genesis=False)
