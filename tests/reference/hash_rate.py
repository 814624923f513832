"""Difficulty, work and the hash-rate family of the 11 assets (definitions, sections 4 and 5)."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import fsum

DIFFICULTY_ONE_TARGET = 0xFFFF << 208
HASHES_PER_DIFFICULTY = Fraction(2**32, 10**12)
BLOSSOM = date(2019, 12, 11)
MERGE = date(2022, 9, 15)


@dataclass(frozen=True)
class BlockDay:
    """A day's blocks: how many, their mean difficulty, mean interval in seconds, and chainwork added."""

    count: int
    difficulty_mean: Fraction | None
    interval_mean: Fraction | None = None
    work: int = 0


def target(bits: str) -> int:
    """Return the target that compact bits (hexadecimal) stand for."""
    exponent, mantissa = divmod(int(bits, 16), 1 << 24)
    return mantissa << 8 * (exponent - 3) if exponent >= 3 else mantissa >> 8 * (3 - exponent)


def difficulty(bits: str) -> Fraction:
    """How many times harder than a target of 0xffff x 2^208."""
    return Fraction(DIFFICULTY_ONE_TARGET, target(bits))


def work(bits: str) -> int:
    """Return expected hashes to find a block."""
    return 2**256 // (target(bits) + 1)


def mean(values: list[Fraction]) -> Fraction | None:
    """Return the mean of what is there, if anything is."""
    return sum(values, Fraction(0)) / len(values) if values else None


def block_day(bits: list[str], intervals: list[int]) -> BlockDay:
    """Return a day's figures from its blocks' bits and header-time differences (absolute, in seconds)."""
    return BlockDay(
        count=len(bits),
        difficulty_mean=mean([difficulty(b) for b in bits]),
        interval_mean=mean([Fraction(seconds) for seconds in intervals]),
        work=sum(work(b) for b in bits),
    )


def hash_rate(asset: str, day: date, blocks: BlockDay) -> Fraction | None:
    """HashRate of an asset's day in its own unit (TH/s, GH/s or MH/s); null on a day without blocks."""
    count, mean_difficulty = blocks.count, blocks.difficulty_mean
    if count == 0 or mean_difficulty is None:
        return None
    match asset:
        case "btc" | "bch" | "bsv":
            return Fraction(count, 144) * mean_difficulty * HASHES_PER_DIFFICULTY / 600
        case "ltc":
            return Fraction(count, 576) * mean_difficulty * HASHES_PER_DIFFICULTY / 150
        case "dash" | "btg" | "vtc":
            return Fraction(blocks.work, 86_400 * 10**9)
        case "xmr":
            return Fraction(count, 720) * mean_difficulty / 120 / 10**6
        case "zec":
            return mean_difficulty / (75 if day >= BLOSSOM else 150) * 7000 / 10**9
        case "eth" | "etc":
            if not blocks.interval_mean or (asset == "eth" and day > MERGE):
                return None
            return mean_difficulty / blocks.interval_mean / 10**12
        case _:
            raise ValueError(f"{asset} is not one of the 11 assets")


def rolling_means(values: list[float | None], size: int) -> list[float | None]:
    """For every day the mean of the latest ``size`` values that exist; null before there are as many."""
    means: list[float | None] = []
    existing: list[float] = []
    for value in values:
        if value is not None:
            existing.append(value)
        means.append(fsum(existing[-size:]) / size if len(existing) >= size else None)
    return means
