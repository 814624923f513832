"""The reference on the first 256 blocks of Bitcoin: what was published, and what every reader can look up."""

from datetime import date
from pathlib import Path

import pytest

from .metrics import ReferenceResult, compute_export
from .parameters import parameters

DAY_11 = date(2009, 1, 11)
COIN = 100_000_000


@pytest.fixture(scope="module")
def result(shared: Path) -> ReferenceResult:
    return compute_export(shared / "data/mainnet_0_255", parameters("mainnet"), {}, {})


# What every reader can look up, and (the doubles) what was published. On day 9 the first blocks were mined.
EXPECTED: dict[date, dict[str, int | float | None]] = {
    date(2009, 1, 3): {
        **dict.fromkeys(("BlkCnt", "SplyCur", "IssTotNtv", "TxCnt", "AdrActCnt", "BlkHgt"), 0),
        **dict.fromkeys(("DiffMean", "HashRate")),
        **dict.fromkeys(("SplyMiner0HopAllNtv", "SplyMiner1HopAllNtv"), 50 * COIN),
        "holders_distribution_10_to_100": 1,
    },
    # Days without blocks carry stocks and lack quotients.
    **{
        date(2009, 1, day): {
            **dict.fromkeys(("BlkCnt", "RevNtv", "FlowMinerIn0HopAllNtv", "AdrActCnt", "BlkHgt"), 0),
            "SplyMiner0HopAllNtv": 50 * COIN,
            **dict.fromkeys(("DiffMean", "BlkIntMean", "HashRate", "RevHashNtv", "RevHashRateNtv")),
        }
        for day in range(4, 9)
    },
    date(2009, 1, 9): {
        "BlkCnt": 19,
        "BlkHgt": 19,
        "AdrActCnt": 19,
        "SplyCur": 950 * COIN,
        "SplyMiner0HopAllNtv": 1000 * COIN,
        "SplyMiner1HopAllNtv": 1000 * COIN,
        "HashRate": 9.44495122962963e-7,
        "RevHashNtv": 11641.53218269,
        "RevHashRateNtv": 1005828380.584717,
    },
    date(2009, 1, 10): {"BlkCnt": 61, "AdrActCnt": 61, "BlkHgt": 80},
    # The first payment leaves the miner, and stays within one hop.
    DAY_11: {
        "BlkCnt": 93,
        "TxCnt": 1,
        "AdrActCnt": 95,
        "BlkHgt": 173,
        "FlowMinerOut0HopAllNtv": 10 * COIN,
        "FlowMinerOut1HopAllNtv": 0,
        "SplyMiner1HopAllNtv": 8700 * COIN,
        "SplyMiner0HopAllNtv": 8690 * COIN,
    },
}


def test_the_first_days(result: ReferenceResult, subtests: pytest.Subtests) -> None:
    with subtests.test("complete days run from block 0 to the day before the tip"):
        assert result.days == [date(2009, 1, day) for day in range(3, 12)]
    for day, expected in EXPECTED.items():
        with subtests.test(str(day)):
            values = result.metrics[day]
            for metric, value in expected.items():
                # Whole numbers are equal; doubles as near as they are printed.
                assert values[metric] == (pytest.approx(value, rel=1e-12) if isinstance(value, float) else value), (
                    metric
                )
    with subtests.test("the payee of the first payment joins that day"):
        hop0, hop1 = result.hop_members.joined
        (payee,) = hop1.keys() - hop0.keys()
        assert payee == "1Q2TWHE3GMdB6BZKafqwxXtWAWgFt5Jvm3"
        assert hop1[payee] == DAY_11
