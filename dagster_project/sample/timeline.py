"""Heights, header times, median times, days and difficulties of blocks, before their contents are made."""

from dataclasses import dataclass
from typing import Any

import numpy as np

DAY = 86_400
MEDIAN_SPAN = 11

IntArray = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Timeline:
    """Header data of all blocks; the arrays' index is the height."""

    time: IntArray
    median_time: IntArray
    day: IntArray  # days since the day of block 0
    targets: list[int]
    first_day: int  # days since 1970-01-01 of block 0

    def bits(self, height: int) -> str:
        """The target of a block, encoded as in its header."""
        return f"{compact(self.targets[height]):08x}"

    def heights(self, day: int) -> range:
        """The heights of a day; empty on a day without blocks."""
        first, last = np.searchsorted(self.day, [day, day + 1])
        return range(int(first), int(last))


@dataclass(frozen=True)
class Pace:
    """The length of a chain and the rate of its blocks."""

    days: int  # complete ones
    blocks_per_day: int
    retarget_interval: int
    last_day_blocks: int  # minimum number of blocks in the incomplete day at the end


def compact(target: int) -> int:
    """A target in the 32-bit floating-point form of a block header (with a mantissa of three bytes, truncated)."""
    size = (target.bit_length() + 7) // 8
    mantissa = target >> (8 * (size - 3))
    if mantissa & 0x800000:  # the top bit is a sign
        mantissa >>= 8
        size += 1
    return size << 24 | mantissa


def expand(bits: int) -> int:
    """Decode the target from a header's bits."""
    return (bits & 0xFFFFFF) << (8 * ((bits >> 24) - 3))


def retarget(target: int, timespan: int, planned: int) -> int:
    """The next target after a period that took ``timespan`` seconds: at most four times easier or harder."""
    bounded = min(max(timespan, planned // 4), planned * 4)
    return expand(compact(target * bounded // planned))


def hash_power(share: float) -> float:
    """Hash power relative to the start, when ``share`` of the chain is done: growth with one sudden setback."""
    return (1.0 + 1.5 * share) * (0.6 if 0.55 < share < 0.62 else 1.0)


def make_timeline(
    pace: Pace, genesis_time: int, first_target: int, gaps: tuple[tuple[int, int], ...], random: np.random.Generator
) -> Timeline:
    """Generate the header data of ``pace.days`` complete days and at least half a day more.

    Blocks arrive at random. Header times differ at random from the true times, so some are out of order, but each is
    later than the median of the eleven before it, as consensus requires. There are no blocks during ``gaps`` (first
    day, length).
    """
    spacing = DAY / pace.blocks_per_day
    expected = (pace.days + 1) * pace.blocks_per_day
    midnight = genesis_time // DAY * DAY
    pauses = [(midnight + day * DAY, length * DAY) for day, length in gaps]
    last_day = midnight + pace.days * DAY

    clock, target = float(genesis_time), first_target
    times, medians, targets, recent = [genesis_time], [genesis_time], [target], [genesis_time]
    while True:
        height = len(times)
        if height % pace.retarget_interval == 0:
            timespan = times[-1] - times[-pace.retarget_interval]
            target = retarget(target, timespan, int(spacing * pace.retarget_interval))
        effort = first_target / target / hash_power(min(height / expected, 1.0))
        clock += spacing * effort * random.standard_exponential()
        # Half a spacing before and after, so that no header time falls into the gap.
        if pauses and clock + spacing / 2 >= pauses[0][0]:
            clock += pauses.pop(0)[1] + spacing
        wander = (random.random() - 0.5) * spacing
        time = max(int(clock + wander), medians[-1] + 1)
        recent = [*recent[-(MEDIAN_SPAN - 1) :], time]
        median = sorted(recent)[len(recent) // 2]
        confirmed = sum(made >= last_day for made in medians[-pace.last_day_blocks :]) == pace.last_day_blocks
        if median >= last_day + DAY // 2 and confirmed:
            break
        times.append(time)
        medians.append(median)
        targets.append(target)

    days = np.array(medians, dtype=np.int64) // DAY
    return Timeline(
        time=np.array(times, dtype=np.int64),
        median_time=np.array(medians, dtype=np.int64),
        day=days - days[0],
        targets=targets,
        first_day=int(days[0]),
    )
