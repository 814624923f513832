"""Hash-rate formulas against the published sample, where block count and mean difficulty are enough for them."""

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


@pytest.mark.parametrize("asset", sorted(FROM_COUNT_AND_DIFFICULTY))
def test_formula_gives_the_published_value(shared: Path, asset: str) -> None:
    rows = published(shared, {asset})
    assert len(rows) >= 19
    for _, day, blocks, expected in rows:
        rate = hash_rate(asset, day, blocks)
        assert rate is not None
        assert float(rate) == pytest.approx(expected, rel=1e-6), day


def test_monero_is_published_for_a_full_day_and_in_hashes(shared: Path) -> None:
    rows = published(shared, {"xmr"})
    assert len(rows) >= 19
    for asset, day, blocks, expected in rows:
        rate = hash_rate(asset, day, blocks)
        assert rate is not None
        assert float(rate * 720 / blocks.count * 10**6) == pytest.approx(expected, rel=1e-6), day


@pytest.mark.parametrize("asset", ["dash", "btg", "vtc"])
def test_chainwork_as_published_is_that_of_all_blocks_but_one(shared: Path, asset: str) -> None:
    """Published is the difference between the day's last and first chainwork; the definition counts the first too."""
    rows = published(shared, {asset})
    assert len(rows) >= 19
    for _, day, blocks, expected in rows:
        rate = hash_rate(asset, day, blocks)
        assert rate is not None
        assert float(rate) * (blocks.count - 1) / blocks.count == pytest.approx(expected, rel=3e-3), day


@pytest.mark.parametrize("asset", ["eth", "etc"])
def test_ethereum_with_the_interval_estimated_from_the_count(shared: Path, asset: str) -> None:
    for _, day, blocks, expected in published(shared, {asset}):
        rate = hash_rate(asset, day, blocks)
        assert rate is not None
        assert float(rate) == pytest.approx(expected, rel=1e-3), day


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
