"""Consensus time, days and their completeness (definitions, section 1).

Blocks are bitcoin-etl's: dictionaries with at least ``number`` (height) and ``timestamp`` (header time, epoch seconds).
"""

from datetime import UTC, date, datetime, timedelta

MEDIAN_SPAN = 11
GENESIS_GAP_SECONDS = 30 * 86_400


def median_times(header_times: list[int]) -> list[int]:
    """Return the consensus time of every height: the median header time of the last 11 blocks, itself included."""
    medians = []
    for height in range(len(header_times)):
        window = sorted(header_times[max(0, height - MEDIAN_SPAN + 1) : height + 1])
        medians.append(window[len(window) // 2])
    return medians


def utc_date(seconds: int) -> date:
    """Return the UTC date of an epoch time."""
    return datetime.fromtimestamp(seconds, tz=UTC).date()


def block_days(header_times: list[int]) -> list[date]:
    """Return the day of every height.

    A block 0 that is 30 or more days (2,592,000 seconds) older than block 1 belongs to the day of block 1.
    """
    medians = median_times(header_times)
    days = [utc_date(seconds) for seconds in medians]
    if len(medians) > 1 and medians[1] - medians[0] >= GENESIS_GAP_SECONDS:
        days[0] = days[1]
    return days


def complete_days(days_of_heights: list[date], min_confirmations: int) -> list[date]:
    """Every day of the calendar that is complete, in order, days without blocks included.

    A day is complete when, h being the first block of a later day, the tip is at h + min_confirmations or more.
    """
    tip = len(days_of_heights) - 1
    complete = []
    day = days_of_heights[0]
    while True:
        first_later = next((height for height, other in enumerate(days_of_heights) if other > day), None)
        if first_later is None or tip < first_later + min_confirmations:
            return complete
        complete.append(day)
        day += timedelta(days=1)
