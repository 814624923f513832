"""Consensus time, the calendar days of a chain, and which of them are complete (docs/method.md, 1)."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from dagster_project.errors import DisprovenError, IncompleteDayError

MEDIAN_SPAN = 11
ONE_DAY = timedelta(days=1)
DORMANT_GENESIS = timedelta(days=30)
HEADER_BATCH = 500


@dataclass(frozen=True, slots=True)
class Header:
    """The fields of a block that the calendar needs.

    Attributes:
        height: height of the block.
        hash: its hash.
        previous_hash: hash of its parent; None for block 0 and where the source does not give it.
        time: header time, in seconds since 1970.
        median_time: consensus time, in seconds since 1970.
        transactions: number of its transactions.
    """

    height: int
    hash: str
    previous_hash: str | None
    time: int
    median_time: int
    transactions: int


@dataclass(frozen=True)
class DayBlocks:
    """The blocks of a complete day, in order of height, and the first block of a later day, which completes it."""

    day: date
    headers: tuple[Header, ...]
    successor: Header


def require_transaction_count(header: Header, found: int) -> None:
    """Check the number of a block's transactions against the number given with its header.

    Raises:
        DisprovenError: they differ.
    """
    if header.transactions != found:
        raise DisprovenError(
            f"Block {header.height} ({header.hash}) is said to have {header.transactions} transactions beside its "
            f"header, but it has {found}."
        )


class HeaderChain(Protocol):
    """The headers of a source's chain, or a contiguous part of them."""

    def lowest(self) -> int:
        """The lowest height that can be asked for."""
        ...

    def highest(self) -> int:
        """The highest height that can be asked for."""
        ...

    def tip(self) -> Header:
        """The last block of the whole chain."""
        ...

    def headers(self, first: int, last: int) -> Sequence[Header]:
        """The headers of the heights from ``first`` to ``last``, both included."""
        ...


def median_time(times: Sequence[int]) -> int:
    """Consensus time of a block from the header times of it and its (up to) ten ancestors, in any order."""
    return sorted(times)[len(times) // 2]


def utc_day(seconds: int) -> date:
    """The UTC date of a time in seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC).date()


def hour_end(day: date) -> int:
    """The time at which the first hour of a UTC day ends, in seconds since 1970."""
    return int(datetime(day.year, day.month, day.day, 1, tzinfo=UTC).timestamp())


def genesis_is_dormant(genesis: int, block_1: int) -> bool:
    """Whether block 0 belongs to the day of block 1, given both consensus times."""
    return block_1 - genesis >= DORMANT_GENESIS.total_seconds()


class Calendar:
    """The days of a header chain.

    Args:
        chain: the headers.
        min_confirmations: number of blocks after a day that make it complete.
        begun: a day that ends after its first hour, and is complete once the chain is past that, however few blocks
            confirm it. It is the last day then.
    """

    def __init__(self, chain: HeaderChain, min_confirmations: int, begun: date | None = None) -> None:
        self._chain = chain
        self._min_confirmations = min_confirmations
        self._begun = begun

    def first_day(self) -> date:
        """The day of block 0, or of the lowest block where the chain is known from a later one only.

        Raises:
            IncompleteDayError: there is no block 1 yet, and the first day depends on its time.
        """
        if self._chain.lowest() > 0:
            return utc_day(self._header(self._chain.lowest()).median_time)
        if self._chain.tip().height == 0:
            raise IncompleteDayError("The chain has only block 0, so no day is complete yet: wait for more blocks.")
        genesis, block_1 = (header.median_time for header in self._chain.headers(0, 1))
        return utc_day(block_1 if genesis_is_dormant(genesis, block_1) else genesis)

    def last_complete_day(self) -> date | None:
        """The last day that is known to be complete, or None where none is."""
        if self._begun and self._chain.tip().median_time > hour_end(self._begun):
            return self._begun
        confirmed = min(self._chain.tip().height - self._min_confirmations, self._chain.highest())
        if confirmed <= self._chain.lowest():
            return None
        last = utc_day(self._header(confirmed).median_time) - ONE_DAY
        return last if last >= self.first_day() else None

    def require_complete(self, first: date, last: date) -> None:
        """Accept a range of days only if all of them are complete.

        Raises:
            IncompleteDayError: one is not.
        """
        if first < self.first_day():
            raise IncompleteDayError(
                f"The day {first} lies before the first day of the chain, {self.first_day()}: ask for a later one."
            )
        complete = self.last_complete_day()
        if complete is None or last > complete:
            tip = self._chain.tip()
            raise IncompleteDayError(
                f"The day {last} is not complete yet: the last complete day is {complete or 'none'}, the tip is at "
                f"height {tip.height} ({utc_day(tip.median_time)}), and {self._min_confirmations} confirmations are "
                "wanted; ask for an earlier day, or wait."
            )

    def heights(self, first: date, last: date) -> range:
        """The heights of the blocks of the days from ``first`` to ``last``.

        Raises:
            IncompleteDayError: a day is not complete.
        """
        self.require_complete(first, last)
        return range(self._first_height(first), self._first_height(last + ONE_DAY))

    def last_hash(self, day: date) -> str:
        """Hash of the last block up to the end of a day, which commits to all blocks before it.

        Raises:
            IncompleteDayError: the day is not complete.
        """
        last = self.heights(day, day).stop - 1
        return self._header(max(last, self._chain.lowest())).hash

    def days(self, first: date, last: date) -> Iterator[DayBlocks]:
        """The blocks of each day from ``first`` to ``last``; days without blocks are yielded too.

        Raises:
            IncompleteDayError: a day is not complete.
        """
        self.require_complete(first, last)
        day, blocks = first, []
        for header in self._headers_from(self._first_height(first)):
            while self._day_of(header) > day:
                yield DayBlocks(day, tuple(blocks), header)
                day, blocks = day + ONE_DAY, []
                if day > last:
                    return
            blocks.append(header)

    def _first_height(self, day: date) -> int:
        """The height of the first block on or after a day."""
        if day <= self.first_day():
            return self._chain.lowest()
        heights = range(self._chain.lowest() + 1, self._chain.highest() + 1)
        return heights[bisect_left(heights, day, key=lambda height: self._day_of(self._header(height)))]

    def _headers_from(self, height: int) -> Iterator[Header]:
        highest = self._chain.highest()
        for first in range(height, highest + 1, HEADER_BATCH):
            yield from self._chain.headers(first, min(first + HEADER_BATCH - 1, highest))

    def _header(self, height: int) -> Header:
        return self._chain.headers(height, height)[0]

    def _day_of(self, header: Header) -> date:
        if header.height == 0:
            return self.first_day()
        day = utc_day(header.median_time)
        return day + ONE_DAY if day == self._begun and header.median_time >= hour_end(day) else day
