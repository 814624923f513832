"""Warehouses that several tests look at; nobody may change them."""

from datetime import date
from pathlib import Path

import pytest

from dagster_project.settings import Chain
from tests.conftest import SHARED
from tests.made_once import made_once
from tests.reference.chains import ChainOptions, build_chain
from tests.warehouse.harness import Home


@pytest.fixture(scope="session")
def regtest_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Exports and labels of 70 days of a regtest chain: a node's, or, where these are not at hand, of one made here."""
    recorded = SHARED / "data" / "regtest_70_days"
    return recorded if recorded.is_dir() else made_once(tmp_path_factory, "regtest-data", made_chain)


def made_chain(folder: Path) -> None:
    """Make a chain with blocks on each of the days of the recorded one, which few seeds have."""
    chain = build_chain(ChainOptions(seed=10, blocks=500, days=70, keys=60, payments=4, labels=60))
    chain.write_export(folder)
    chain.write_labels(folder / "exchange_labels.csv")


@pytest.fixture(scope="session")
def regtest_home(regtest_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The regtest chain with its labels and some prices, built in one go with monthly keyframes."""

    def make(folder: Path) -> None:
        regtest_lake(regtest_data, folder).build(keyframe_period="month")

    return regtest_at(regtest_data, made_once(tmp_path_factory, "regtest", make))


def regtest_at(data: Path, folder: Path) -> Home:
    """A home of the regtest chain."""
    return Home.of_files(folder, data, Chain.REGTEST, min_confirmations=0)


def regtest_lake(data: Path, folder: Path) -> Home:
    """The regtest chain with its labels and some prices, with nothing built, in a folder."""
    home = regtest_at(data, folder)
    home.extract()
    home.label(data / "exchange_labels.csv")
    prices = folder / "prices"
    prices.mkdir()
    # gaps at the beginning, in the middle and at the end
    rows = [f"{date(2024, 1, number)},{40000 + number}.0{number}1" for number in range(22, 31) if number != 25]
    (prices / "btc.csv").write_text("time,PriceUSD\n" + "\n".join(rows) + "\n")
    home.price(prices)
    return home


@pytest.fixture(scope="session")
def mainnet_home(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The first 256 blocks of mainnet."""

    def at(folder: Path) -> Home:
        return Home.of_files(folder, shared / "data" / "mainnet_0_255", Chain.MAINNET)

    def make(folder: Path) -> None:
        home = at(folder)
        home.extract()
        home.build()

    return at(made_once(tmp_path_factory, "mainnet", make))
