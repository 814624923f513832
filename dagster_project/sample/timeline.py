"""Blocks before they hold anything: height, header time, median time, day and difficulty."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from dagster_project.sample.plan import Plan

DAY = 86_400
FIRST_TARGET = 0x04864C << (8 * (0x1B - 3))  # difficulty 14,484: that of mainnet in May 2010
MEDIAN_SPAN = 11
LAST_DAY_BLOCKS = 8  # enough to confirm the last complete day six times over

IntArray = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Timeline:
    """Header data of all blocks; the arrays' index is the height."""

    time: IntArray
    median_time: IntArray
    day: IntArray  # days since the day of block 0
    bits: list[str]
    first_day: int  # days since 1970-01-01 of block 0

    def heights(self, day: int) -> range:
        """The heights of a day; empty on a day without blocks."""
        first, last = np.searchsorted(self.day, [day, day + 1])
        return range(int(first), int(last))


def empty_days(plan: Plan) -> tuple[tuple[int, int], ...]:
    """Gaps without blocks as (first day, length): a pair of days and a single one."""
    return ((plan.days // 3, 2), (2 * plan.days // 3, 1))


def compact(target: int) -> int:
    """A target in the 32-bit floating form of a block header (three bytes of mantissa, truncated)."""
    size = (target.bit_length() + 7) // 8
    mantissa = target >> (8 * (size - 3))
    if mantissa & 0x800000:  # the top bit is a sign
        mantissa >>= 8
        size += 1
    return size << 24 | mantissa


def expand(bits: int) -> int:
    """The target that a header's bits stand for."""
    return (bits & 0xFFFFFF) << (8 * ((bits >> 24) - 3))


def retarget(target: int, timespan: int, planned: int) -> int:
    """The next target after a period that took ``timespan`` seconds: at most four times easier or harder."""
    bounded = min(max(timespan, planned // 4), planned * 4)
    return expand(compact(target * bounded // planned))


def hash_power(share: float) -> float:
    """Hash power of all miners relative to the start, at this share of the chain: growth with one sudden setback."""
    return (1.0 + 1.5 * share) * (0.6 if 0.55 < share < 0.62 else 1.0)


def make_timeline(plan: Plan, genesis_time: int, retarget_interval: int) -> Timeline:
    """Mine the headers of ``plan.days`` complete days and half a day more.

    Blocks arrive at random; header times wander around the true ones and so are out of order now and then, but always
    later than the median of the eleven before them, which is the only rule that real ones obey.
    """
    random = plan.random(1)
    spacing = DAY / plan.blocks_per_day
    expected = (plan.days + 1) * plan.blocks_per_day
    gaps = [(genesis_time // DAY + day) * DAY for day, _ in empty_days(plan)]
    lengths = [length * DAY for _, length in empty_days(plan)]
    end = (genesis_time // DAY + plan.days) * DAY + DAY // 2

    clock, target = float(genesis_time), FIRST_TARGET
    times, medians, targets, recent = [genesis_time], [genesis_time], [target], [genesis_time]
    while True:
        height = len(times)
        if height % retarget_interval == 0:
            timespan = times[-1] - times[-retarget_interval]
            target = retarget(target, timespan, int(spacing * retarget_interval))
        effort = FIRST_TARGET / target / hash_power(min(height / expected, 1.0))
        clock += spacing * effort * random.standard_exponential()
        if gaps and clock >= gaps[0]:
            gaps.pop(0)
            clock += lengths.pop(0)
        wander = (random.random() - 0.5) * spacing
        time = max(int(clock + wander), medians[-1] + 1)
        recent = [*recent[-(MEDIAN_SPAN - 1) :], time]
        median = sorted(recent)[len(recent) // 2]
        last_day = (end // DAY) * DAY
        if median >= end and sum(made >= last_day for made in medians[-LAST_DAY_BLOCKS:]) == LAST_DAY_BLOCKS:
            break
        times.append(time)
        medians.append(median)
        targets.append(target)

    days = np.array(medians, dtype=np.int64) // DAY
    return Timeline(
        time=np.array(times, dtype=np.int64),
        median_time=np.array(medians, dtype=np.int64),
        day=days - days[0],
        bits=[f"{compact(target):08x}" for target in targets],
        first_day=int(days[0]),
    )
