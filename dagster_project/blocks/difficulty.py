"""Proof-of-work targets: their compact form, and the target that each chain requires (Bitcoin Core's ``pow.cpp``)."""

from dataclasses import dataclass
from enum import StrEnum

from dagster_project.blocks.consensus import MEDIAN_SPAN, median_time

# A retarget changes the target by at most this factor.
MOST_CHANGE = 4
# BIP 94: the first block of a period may be this much older than the last one of the period before.
BIP94_TIMEWARP_SECONDS = 600


class Retargeting(StrEnum):
    """How a chain sets the target of the next block.

    ``none`` is for chains without proof of work: block hashes and bits are not checked against a target.
    """

    MAINNET = "mainnet"
    TESTNET4 = "testnet4"
    CONSTANT = "constant"
    NONE = "none"


@dataclass(frozen=True)
class Rules:
    """A chain's rules for the targets of its blocks.

    Attributes:
        retargeting: how the target changes.
        limit: the easiest target, in compact form.
        interval: blocks between two changes.
        spacing: intended seconds between two blocks.
    """

    retargeting: Retargeting
    limit: int
    interval: int
    spacing: int


@dataclass(frozen=True)
class History:
    """What the retargeting rules need of a block and its ancestors.

    Attributes:
        height: the block's height.
        hash: its hash, in hexadecimal digits.
        bits: its target in compact form.
        times: header times of up to eleven blocks that end with this one, in order of height.
        period_time: header time of the first block of its retarget period; None where that block is not known.
        period_bits: bits of that block, or None.
        regular_bits: bits of the latest block of the period that did not use the test chains' minimum-difficulty rule,
            or None.
    """

    height: int
    hash: str
    bits: int
    times: tuple[int, ...]
    period_time: int | None
    period_bits: int | None
    regular_bits: int | None

    @property
    def median_time(self) -> int | None:
        """Consensus time of the block; None where a header time that it depends on is not known."""
        known = len(self.times) == min(self.height + 1, MEDIAN_SPAN)
        return median_time(self.times) if known else None


def target_of(bits: int) -> int | None:
    """The target that the compact form stands for; None where it is negative, zero or beyond 256 bits."""
    size, mantissa = bits >> 24, bits & 0x7FFFFF
    target = mantissa >> 8 * (3 - size) if size <= 3 else mantissa << 8 * (size - 3)
    return None if bits & 0x800000 or target == 0 or target >= 1 << 256 else target


def bits_of(target: int) -> int:
    """The compact form of a target: its three highest bytes and its length."""
    size = (target.bit_length() + 7) // 8
    mantissa = target << 8 * (3 - size) if size <= 3 else target >> 8 * (size - 3)
    if mantissa & 0x800000:  # the first bit is a sign
        mantissa, size = mantissa >> 8, size + 1
    return size << 24 | mantissa


def expected_bits(rules: Rules, before: History, time: int) -> int | None:
    """The bits that a chain requires of the next block.

    Args:
        rules: the chain's.
        before: history of the previous block.
        time: header time of the block.

    Returns:
        The bits; None where the chain has no such rule or a needed ancestor is not known.
    """
    if rules.retargeting is Retargeting.NONE:
        return None
    if rules.retargeting is Retargeting.CONSTANT:
        return rules.limit
    if (before.height + 1) % rules.interval:
        if rules.retargeting is Retargeting.MAINNET:
            return before.bits
        late = time > before.times[-1] + 2 * rules.spacing
        return rules.limit if late else before.regular_bits
    base = before.period_bits if rules.retargeting is Retargeting.TESTNET4 else before.bits
    if before.period_time is None or base is None:
        return None
    planned = rules.interval * rules.spacing
    taken = min(max(before.times[-1] - before.period_time, planned // MOST_CHANGE), planned * MOST_CHANGE)
    target, limit = target_of(base), target_of(rules.limit)
    if target is None or limit is None:
        return None
    return bits_of(min(target * taken // planned, limit))


def next_history(rules: Rules, before: History | None, height: int, name: str, time: int, bits: int) -> History:
    """The history of a block, made from that of the previous block (None if not known)."""
    begins_period = height % rules.interval == 0
    if before is None:
        known = (time, bits, bits) if begins_period else (None, None, None)
        return History(height, name, bits, (time,), *known)
    if begins_period:
        period_time, period_bits, regular = time, bits, bits
    else:
        period_time, period_bits = before.period_time, before.period_bits
        regular = before.regular_bits if bits == rules.limit else bits
    times = (*before.times[-(MEDIAN_SPAN - 1) :], time)
    return History(height, name, bits, times, period_time, period_bits, regular)
