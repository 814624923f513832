"""Consensus time, days, and completeness."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.blocks.consensus import Calendar, Header, median_time, utc_day
from dagster_project.blocks.parameters import load_parameters
from dagster_project.chain.sources.base import consecutive, groups
from dagster_project.chain.sources.table_headers import TableHeaders, add_ancestry
from dagster_project.errors import IncompleteDayError, SatledgerError
from dagster_project.settings import Chain
from tests.node import Node

DAY = 86_400
START = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp())
FIRST = date(2020, 1, 1)


class Headers:
    """A header chain with given header times."""

    def __init__(self, times: Sequence[int]) -> None:
        self._headers = [
            Header(height, f"{height:x}", None, time, median_time(times[max(0, height - 10) : height + 1]), 1)
            for height, time in enumerate(times)
        ]

    def lowest(self) -> int:
        return 0

    def highest(self) -> int:
        return len(self._headers) - 1

    def tip(self) -> Header:
        return self._headers[-1]

    def headers(self, first: int, last: int) -> Sequence[Header]:
        assert 0 <= first <= last < len(self._headers)
        return self._headers[first : last + 1]


def test_median_times_are_those_of_the_node(paid_node: Node) -> None:
    hashes = paid_node.rpcs(("getblockhash", height) for height in range(paid_node.rpc("getblockcount") + 1))
    headers = paid_node.rpcs(("getblockheader", name) for name in hashes)
    times, expected = ([header[name] for header in headers] for name in ("time", "mediantime"))
    assert [header.median_time for header in Headers(times).headers(0, len(times) - 1)] == expected
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE headers (height BIGINT, hash VARCHAR, previous_hash VARCHAR, time BIGINT)")
        connection.execute("ALTER TABLE headers ADD COLUMN median_time BIGINT")
        connection.execute("ALTER TABLE headers ADD COLUMN transactions BIGINT")
        values = ", ".join(f"({height}, '{height}', NULL, {time}, NULL, 1)" for height, time in enumerate(times))
        connection.execute(f"INSERT INTO headers VALUES {values}")
        add_ancestry(connection)
        chain = TableHeaders(connection, "here")
        assert [header.median_time for header in chain.headers(0, len(times) - 1)] == expected


@given(
    gaps=st.lists(st.integers(-7_200, 3 * DAY), min_size=1, max_size=60),
    genesis_gap=st.integers(0, 60 * DAY),
    confirmations=st.integers(0, 8),
)
def test_days_are_a_partition_of_the_blocks_below_the_last_complete_day(
    gaps: list[int], genesis_gap: int, confirmations: int
) -> None:
    times = [START, START + genesis_gap]
    for gap in gaps:
        # A header time is above the median of its ancestors.
        times.append(max(times[-1] + gap, median_time(times[-11:]) + 1))
    chain = Headers(times)
    calendar = Calendar(chain, confirmations)
    complete = calendar.last_complete_day()
    tip = len(times) - 1
    medians = [header.median_time for header in chain.headers(0, tip)]
    first = utc_day(medians[1]) if medians[1] - medians[0] >= 30 * DAY else FIRST
    assert calendar.first_day() == first
    # By definition: complete is a day with a block of a later one that has enough blocks on top of it.
    later = [utc_day(median) for height, median in enumerate(medians) if height and height + confirmations <= tip]
    expected = max(later, default=first) - timedelta(1)
    assert complete == (expected if expected >= first else None)
    if complete is None:
        return
    days = list(calendar.days(first, complete))
    assert [day.day for day in days] == [first + timedelta(n) for n in range((complete - first).days + 1)]
    heights = [header.height for day in days for header in day.headers]
    assert heights == list(range(len(heights)))
    assert list(calendar.heights(first, complete)) == heights
    for day in days:
        assert all(utc_day(header.median_time) == day.day for header in day.headers if header.height)
        assert utc_day(day.successor.median_time) > day.day
    for day, following in pairwise(days):
        assert day.successor == (following.headers[0] if following.headers else following.successor)
    middle = first + (complete - first) / 2
    assert [day for day in days if day.day >= middle] == list(calendar.days(middle, complete))


def test_days_that_are_not_complete_are_refused() -> None:
    calendar = Calendar(Headers([START + 3_600 * number for number in range(50)]), 6)
    assert calendar.last_complete_day() == FIRST
    for first, last, reason in (
        (FIRST - timedelta(1), FIRST, "lies before the first day of the chain, 2020-01-01"),
        (FIRST, FIRST + timedelta(1), "2020-01-02 is not complete yet: the last complete day is 2020-01-01"),
    ):
        with pytest.raises(IncompleteDayError, match=reason):
            list(calendar.days(first, last))


@given(gaps=st.lists(st.integers(1, 7_200), min_size=30, max_size=90), number=st.integers(1, 3))
def test_a_day_that_ends_after_its_first_hour(gaps: list[int], number: int) -> None:
    times = [START]
    for gap in gaps:
        times.append(times[-1] + gap)
    begun = FIRST + timedelta(number)
    end = START + number * DAY + 3_600
    chain = Headers(times)
    calendar, whole = Calendar(chain, 6, begun), Calendar(chain, 6)
    if chain.tip().median_time <= end:
        assert calendar.last_complete_day() == whole.last_complete_day()
        return
    assert calendar.last_complete_day() == begun
    days = list(calendar.days(FIRST, begun))
    assert [day.day for day in days] == [FIRST + timedelta(number) for number in range(number + 1)]
    heights = [header.height for day in days for header in day.headers]
    assert heights == [height for height in range(len(times)) if chain.headers(height, height)[0].median_time < end]
    assert list(calendar.heights(begun, begun)) == [header.height for header in days[-1].headers]
    assert days[-1].successor.height == len(heights)
    before = [header for day in days[:-1] for header in day.headers]
    assert all(header.median_time < end - 3_600 for header in before)
    with pytest.raises(IncompleteDayError):
        calendar.heights(begun, begun + timedelta(1))


def test_a_chain_of_one_block_has_no_days() -> None:
    calendar = Calendar(Headers([START]), 0)
    assert calendar.last_complete_day() is None
    with pytest.raises(IncompleteDayError, match="only block 0"):
        calendar.first_day()


def test_headers_must_be_contiguous() -> None:
    for rows, reason in (
        ("(1), (2), (4)", "Block 3 is missing in here \\(the one after 2 is 4\\)"),
        ("(1), (2), (2), (3)", "Block 2 is listed twice in here"),
        ("(NULL)", "There are no blocks in here"),
    ):
        with duckdb.connect() as connection, pytest.raises(SatledgerError, match=reason):
            connection.execute(f"CREATE TABLE headers AS SELECT * FROM (VALUES {rows}) t(height) WHERE height > 0")
            TableHeaders(connection, "here")


def test_days_come_in_ranges_and_groups() -> None:
    days = [FIRST + timedelta(number) for number in (4, 0, 1, 2, 4)]
    assert list(consecutive(days)) == [(FIRST, FIRST + timedelta(2)), (days[0], days[0])]
    assert list(consecutive([])) == []
    calendar = Calendar(Headers([START + 3_600 * number for number in range(240)]), 0)
    cut = list(groups(calendar, list(consecutive(days)), 40))
    assert [[day.day.day for day in group] for group in cut] == [[1, 2], [3], [5]]


def test_subsidies_halve_as_in_bitcoin_core() -> None:
    mainnet = load_parameters(Chain.MAINNET)
    assert [mainnet.subsidy(height) for height in (0, 209_999, 210_000, 840_000)] == [
        5_000_000_000,
        5_000_000_000,
        2_500_000_000,
        312_500_000,
    ]
    # The sum over all blocks is the well-known limit of the money supply.
    assert 210_000 * sum(mainnet.subsidy(210_000 * era) for era in range(70)) == 2_099_999_997_690_000
    assert load_parameters(Chain.REGTEST).subsidy(150) == 2_500_000_000
    assert mainnet.subsidy(210_000 * 64) == 0
