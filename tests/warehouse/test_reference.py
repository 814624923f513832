"""The warehouse against the plain-Python reference: every table, every metric, every day."""

import tempfile
from datetime import date
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dagster_project.settings import Chain
from tests.reference.chains import RandomChain, chains
from tests.reference.compare import compare
from tests.reference.exports import load_labels, write_export, write_labels, write_prices
from tests.reference.metrics import compute_export
from tests.reference.parameters import parameters
from tests.warehouse.harness import Home


def test_regtest_chain(regtest_home: Home, shared: Path) -> None:
    data = shared / "data" / "regtest_70_days"
    with regtest_home.reading() as connection:
        rows = connection.execute("select day, price_text from daily_prices").fetchall()
        prices: dict[date, Decimal] = {day: Decimal(text) for day, text in rows}
        expected = compute_export(
            data, parameters("regtest"), load_labels(data / "exchange_labels.csv"), prices, min_confirmations=0
        )
        assert len(expected.days) == 70
        assert compare(connection, expected) == []


# A build takes some seconds: few chains, each of them full of what is hard. More of them: bench/random_chains.py
@settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(chain=st.one_of(chains(halvings=True), chains(long_gap=True)), split=st.booleans())
def test_random_chains(chain: RandomChain, split: bool) -> None:
    expected = chain.reference()
    if not expected.days:
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_export(chain, folder / "export", shuffle_seed=1)
        write_labels(chain, folder / "labels.csv")
        write_prices(chain, folder / "prices")
        minimum = chain.min_confirmations
        home = Home.of_files(folder / "home", folder / "export", Chain.REGTEST, min_confirmations=minimum)
        assert home.extract() == expected.days
        home.label(folder / "labels.csv")
        home.price(folder / "prices")
        middle = expected.days[len(expected.days) // 2]
        if split and middle < expected.days[-1]:
            home.build(last=middle, keyframe_period="month")
            home.build(first=date.fromordinal(middle.toordinal() + 1), keyframe_period="month")
        else:
            home.build(keyframe_period="month")
        with home.reading() as connection:
            assert compare(connection, expected) == []
