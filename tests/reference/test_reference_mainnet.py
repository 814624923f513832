"""The reference on the first 256 blocks of Bitcoin: what was published, and what every reader can look up."""

from datetime import date
from pathlib import Path

import pytest

from .metrics import ReferenceResult, compute_export
from .parameters import parameters

DAY_9, DAY_10, DAY_11 = (date(2009, 1, day) for day in (9, 10, 11))
COIN = 100_000_000


@pytest.fixture(scope="module")
def result(shared: Path) -> ReferenceResult:
    return compute_export(shared / "data/mainnet_0_255", parameters("mainnet"), {}, {})


def test_complete_days_run_from_block_0_to_the_day_before_the_tip(result: ReferenceResult) -> None:
    assert result.days == [date(2009, 1, day) for day in range(3, 12)]


def test_the_day_of_block_0_has_no_blocks_but_a_holder(result: ReferenceResult) -> None:
    values = result.metrics[date(2009, 1, 3)]
    assert values["BlkCnt"] == values["SplyCur"] == values["IssTotNtv"] == values["TxCnt"] == 0
    assert values["DiffMean"] is None and values["HashRate"] is None
    assert values["SplyMiner0HopAllNtv"] == values["SplyMiner1HopAllNtv"] == 50 * COIN
    assert values["holders_distribution_10_to_100"] == 1


def test_days_without_blocks_carry_stocks_and_lack_quotients(result: ReferenceResult) -> None:
    for day in range(4, 9):
        values = result.metrics[date(2009, 1, day)]
        assert values["BlkCnt"] == values["RevNtv"] == values["FlowMinerIn0HopAllNtv"] == 0
        assert values["SplyMiner0HopAllNtv"] == 50 * COIN
        assert {values[m] for m in ("DiffMean", "BlkIntMean", "HashRate", "RevHashNtv", "RevHashRateNtv")} == {None}


def test_first_mined_day_as_published(result: ReferenceResult) -> None:
    values = result.metrics[DAY_9]
    assert values["BlkCnt"] == 19
    assert values["SplyCur"] == 950 * COIN
    assert values["SplyMiner0HopAllNtv"] == values["SplyMiner1HopAllNtv"] == 1000 * COIN
    assert values["HashRate"] == pytest.approx(9.44495122962963e-7, rel=1e-14)
    assert values["RevHashNtv"] == pytest.approx(11641.53218269, rel=1e-12)
    assert values["RevHashRateNtv"] == pytest.approx(1005828380.584717, rel=1e-12)


def test_following_days_as_published(result: ReferenceResult) -> None:
    assert result.metrics[DAY_10]["BlkCnt"] == 61
    assert (result.metrics[DAY_11]["BlkCnt"], result.metrics[DAY_11]["TxCnt"]) == (93, 1)
    assert [result.metrics[date(2009, 1, day)]["AdrActCnt"] for day in (3, 4, 9, 10, 11)] == [0, 0, 19, 61, 95]
    assert [result.metrics[date(2009, 1, day)]["BlkHgt"] for day in (3, 8, 9, 10, 11)] == [0, 0, 19, 80, 173]


def test_the_first_payment_leaves_the_miner_and_stays_within_one_hop(result: ReferenceResult) -> None:
    values = result.metrics[DAY_11]
    assert values["FlowMinerOut0HopAllNtv"] == 10 * COIN
    assert values["FlowMinerOut1HopAllNtv"] == 0
    assert values["SplyMiner1HopAllNtv"] == 8700 * COIN
    assert values["SplyMiner0HopAllNtv"] == 8690 * COIN


def test_the_payee_of_the_first_payment_joins_that_day(result: ReferenceResult) -> None:
    hop0, hop1 = result.hop_members.joined
    (payee,) = hop1.keys() - hop0.keys()
    assert payee == "1Q2TWHE3GMdB6BZKafqwxXtWAWgFt5Jvm3"
    assert hop1[payee] == DAY_11
