"""Hash-rate formulas against the published sample, where block count and mean difficulty are enough for them."""

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from .exports import csv_rows
from .hash_rate import BLOSSOM, MERGE, BlockDay, difficulty, hash_rate, rolling_means, target, work

FROM_COUNT_AND_DIFFICULTY = {"btc", "bch", "bsv", "ltc", "zec"}
# Published difficulties of Bitcoin Gold are multiples of that chain's own easiest target, 0x7ffff x 2^224.
WORK_PER_DIFFICULTY = {
    "dash": Fraction(2**48, 0xFFFF),
    "vtc": Fraction(2**48, 0xFFFF),
    "btg": Fraction(2**32, 0x7FFFF),
}


def published(shared: Path, assets: set[str]) -> list[tuple[str, date, BlockDay, float]]:
    rows = []
    for row in csv_rows(shared / "data/reference/published_daily_values.csv"):
        day = date.fromisoformat(row["time"])
        if row["asset"] not in assets or not row["HashRate"] or (row["asset"] == "zec" and day == BLOSSOM):
            continue
        count, mean = int(float(row["BlkCnt"])), Fraction(row["DiffMean"])
        added = int(count * mean * WORK_PER_DIFFICULTY.get(row["asset"], 0))
        rows.append((row["asset"], day, BlockDay(count, mean, Fraction(86_400, count), added), float(row["HashRate"])))
    return rows


def full_day(blocks: BlockDay) -> Fraction:
    """Monero is published for a full day, and in hashes."""
    return Fraction(720, blocks.count) * 10**6


def all_but_one(blocks: BlockDay) -> Fraction:
    """Published is the difference between the day's last and first chainwork; the definition counts the first too."""
    return Fraction(blocks.count - 1, blocks.count)


# By asset: what the definition differs by from what is published, how near the two are, and the fewest days.
PUBLISHED: dict[str, tuple[Callable[[BlockDay], Fraction | int], float, int]] = {
    **dict.fromkeys(sorted(FROM_COUNT_AND_DIFFICULTY), (lambda _: 1, 1e-6, 19)),
    "xmr": (full_day, 1e-6, 19),
    **dict.fromkeys(("dash", "btg", "vtc"), (all_but_one, 3e-3, 19)),
    # The interval is estimated from the count.
    **dict.fromkeys(("eth", "etc"), (lambda _: 1, 1e-3, 1)),
}


def test_formula_gives_the_published_value(shared: Path, subtests: pytest.Subtests) -> None:
    for asset, (factor, tolerance, fewest) in PUBLISHED.items():
        with subtests.test(asset):
            rows = published(shared, {asset})
            assert len(rows) >= fewest
            for _, day, blocks, expected in rows:
                rate = hash_rate(asset, day, blocks)
                assert rate is not None
                assert float(rate * factor(blocks)) == pytest.approx(expected, rel=tolerance), day


def test_ethereum_ends_with_the_merge() -> None:
    blocks = BlockDay(10, Fraction(1), Fraction(13))
    assert hash_rate("eth", MERGE, blocks) is not None
    assert hash_rate("eth", date(2022, 9, 16), blocks) is None
    assert hash_rate("etc", date(2022, 9, 16), blocks) is not None


def test_difficulty_and_work_of_known_bits() -> None:
    assert difficulty("1d00ffff") == 1
    assert float(difficulty("1b0404cb")) == pytest.approx(16307.420938523983, rel=1e-15)
    assert work("1d00ffff") == 0x100010001
    assert work("207fffff") == 2
    assert target("03000001") == 1 and target("02000100") == 1


def test_rolling_mean_skips_what_does_not_exist() -> None:
    assert rolling_means([1.0, None, 2.0, 3.0, None, 7.0], 2) == [None, None, 1.5, 2.5, 2.5, 5.0]
