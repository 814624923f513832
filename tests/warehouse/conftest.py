"""Warehouses that several tests look at; nobody may change them."""

from datetime import date
from pathlib import Path

import pytest

from dagster_project.settings import Chain
from tests.made_once import made_once
from tests.warehouse.harness import Home


@pytest.fixture(scope="session")
def regtest_home(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The regtest chain with its labels and some prices, built in one go with monthly keyframes."""
    folder = made_once(
        tmp_path_factory, "regtest", lambda folder: regtest_lake(shared, folder).build(keyframe_period="month")
    )
    return regtest_at(shared, folder)


def regtest_at(shared: Path, folder: Path) -> Home:
    """A home of the regtest chain."""
    return Home.of_files(folder, shared / "data" / "regtest_70_days", Chain.REGTEST, min_confirmations=0)


def regtest_lake(shared: Path, folder: Path) -> Home:
    """The regtest chain with its labels and some prices, with nothing built, in a folder."""
    home = regtest_at(shared, folder)
    home.extract()
    home.label(shared / "data" / "regtest_70_days" / "exchange_labels.csv")
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
