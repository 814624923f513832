"""Which days a run of headers holds in whole."""

from datetime import UTC, date, datetime, timedelta
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_project.errors import SatledgerError, SourceChangedError
from dagster_project.headers.days import linked, whole_days
from dagster_project.headers.model import MONERO_MARGIN, Header

START = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp())
DAY = 86_400


def header(height: int, time: int) -> Header:
    return Header(height, f"{height:064x}", f"{height - 1:064x}", time, None, None, None, 1.0, 1, None)


def days_of(headers: list[Header], margin: int = 1) -> dict[date, list[int]]:
    return {day: [each.height for each in held] for day, held in whole_days(headers, margin)}


def test_cut_days_at_both_ends_are_left_out_and_empty_days_are_days() -> None:
    times = [START + 80_000, START + DAY, START + DAY + 5, START + 4 * DAY, START + 5 * DAY + 9]
    headers = [header(100 + number, time) for number, time in enumerate(times)]
    assert days_of(headers) == {
        date(2020, 1, 2): [101, 102],
        date(2020, 1, 3): [],
        date(2020, 1, 4): [],
        date(2020, 1, 5): [103],
    }


def test_a_chain_from_its_first_block_has_its_first_day() -> None:
    headers = [header(1, START), header(2, START + 5), header(3, START + DAY)]
    assert days_of(headers) == {date(2020, 1, 1): [1, 2]}


@given(
    st.integers(1, 500),
    st.lists(st.integers(0, 3 * DAY), min_size=1, max_size=60),
)
def test_every_whole_day_is_there_once_and_in_order(first: int, gaps: list[int]) -> None:
    times = list(accumulate(gaps, initial=START))
    headers = [header(first + number, time) for number, time in enumerate(times)]
    found = list(whole_days(headers, 1))
    last = headers[-1].day
    begin = headers[0].day if first == 1 else headers[0].day + timedelta(days=1)
    expected = [begin + timedelta(days=number) for number in range((last - begin).days)]
    assert [day for day, _ in found] == expected
    for day, held in found:
        assert held == [each for each in headers if each.day == day]


@settings(max_examples=15)
@given(st.lists(st.integers(-5000, 5000), min_size=1500, max_size=1500))
def test_times_out_of_order_within_the_margin_lose_no_block(jitter: list[int]) -> None:
    headers = [header(1 + number, START + 240 * number + shift) for number, shift in enumerate(jitter, 30)]
    found = dict(whole_days(headers, MONERO_MARGIN))
    assert found
    for day, held in found.items():
        assert held == [each for each in headers if each.day == day]
    later = [header(10_000 + each.height, each.time) for each in headers]
    cut = dict(whole_days(later, MONERO_MARGIN))
    assert cut
    assert {day: len(held) for day, held in cut.items()} == {day: len(found[day]) for day in cut}


def test_times_further_out_of_order_are_an_error() -> None:
    with pytest.raises(SatledgerError, match="Block 3 belongs to 2020-01-01"):
        days_of([header(1, START), header(2, START + DAY), header(3, START + 1), header(4, START + 2 * DAY)])


def test_a_block_that_is_no_child_is_noticed() -> None:
    stranger = Header(12, "f" * 64, "e" * 64, START, None, None, None, 1.0, 1, None)
    assert len(list(linked([header(10, START), header(11, START)]))) == 2
    with pytest.raises(SourceChangedError, match="Block 12 is no child"):
        list(linked([header(11, START), stranger]))
