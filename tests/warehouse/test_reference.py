"""The warehouse against the plain-Python reference: every table, every metric, every day."""

import tempfile
from datetime import date
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dagster_project.settings import Chain, ProofMode
from tests.reference.chains import RandomChain, chains
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
few = settings(
    max_examples=2,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.data_too_large, HealthCheck.too_slow],
)


@few
@given(chain=chains(halvings=True), split=st.booleans())
def test_random_chains(chain: RandomChain, split: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        build_and_compare(chain, split, Path(folder))


@settings(few, max_examples=1)
@given(chain=chains(long_gap=True))
def test_random_chain_of_more_than_a_year(chain: RandomChain) -> None:
    with tempfile.TemporaryDirectory() as folder:
        build_and_compare(chain, split=True, folder=Path(folder))


def build_and_compare(chain: RandomChain, split: bool, folder: Path) -> None:
    """Build a chain's warehouse, in one go or in two, and compare it with the reference."""
    expected = chain.reference()
    if not expected.days:
        return
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
