"""The warehouse against the plain-Python reference: every table, every metric, every day."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from dagster_project.settings import Chain, ProofMode
from tests.reference.chains import ChainOptions, RandomChain, build_chain
from tests.reference.compare import compare
from tests.reference.exports import load_labels, write_export, write_labels, write_prices
from tests.reference.metrics import compute_export
from tests.reference.parameters import parameters
from tests.warehouse.harness import Home


def test_regtest_chain(regtest_home: Home, regtest_data: Path) -> None:
    with regtest_home.reading() as connection:
        rows = connection.execute("select day, price_text from daily_prices").fetchall()
        prices: dict[date, Decimal] = {day: Decimal(text) for day, text in rows}
        expected = compute_export(
            regtest_data,
            parameters("regtest"),
            load_labels(regtest_data / "exchange_labels.csv"),
            prices,
            min_confirmations=0,
        )
        assert len(expected.days) == 70
        assert compare(connection, expected) == []


# A build takes some seconds: few chains, each of them full of what is hard.
HARD = ChainOptions(seed=0, blocks=40, days=12, keys=6, payments=5, labels=6)


@pytest.mark.parametrize(
    ("options", "split"),
    [
        # The subsidy halves among the drawn blocks, and there are no prices.
        (replace(HARD, seed=1, leading_blocks=140, priced=0), True),
        (replace(HARD, seed=2, genesis_gap=False, hard_bits=True, old_node=True, min_confirmations=6), False),
    ],
)
def test_random_chains(options: ChainOptions, split: bool, tmp_path: Path) -> None:
    build_and_compare(build_chain(options), split, tmp_path)


def test_random_chain_of_more_than_a_year(tmp_path: Path) -> None:
    """Accounts cease to be active, and there are values of windows of 30 to 365 days with a price each."""
    chain = build_chain(replace(HARD, seed=7, genesis_gap=False, long_gap_days=400, priced=1))
    found = {metric for values in chain.reference().metrics.values() for metric in values if values[metric] is not None}
    assert {"VtyDayRet180d", "NVTAdj90", "RVTAdj90", "PuellMulTot", "PuellMulRev"} <= found
    build_and_compare(chain, split=True, folder=tmp_path)


def build_and_compare(chain: RandomChain, split: bool, folder: Path) -> None:
    """Build a chain's warehouse, in one go or in two, and compare it with the reference."""
    expected = chain.reference()
    assert len(expected.days) > 1
    write_export(chain, folder / "export", shuffle_seed=1)
    write_labels(chain, folder / "labels.csv")
    write_prices(chain, folder / "prices")
    confirmations = chain.options.min_confirmations
    proof = ProofMode.OFF if chain.options.hard_bits else ProofMode.REQUIRED
    home = Home.of_files(folder / "home", folder / "export", Chain.REGTEST, confirmations, proof)
    assert home.extract() == expected.days
    # A file from which nothing can be taken is refused.
    if chain.labels:
        home.label(folder / "labels.csv")
    if chain.prices:
        home.price(folder / "prices")
    middle = expected.days[len(expected.days) // 2]
    if split and middle < expected.days[-1]:
        home.build(last=middle, keyframe_period="month")
        home.build(first=date.fromordinal(middle.toordinal() + 1), keyframe_period="month")
    else:
        home.build(keyframe_period="month")
    with home.reading() as connection:
        assert compare(connection, expected) == []
