"""Warehouses that several tests look at; nobody may change them."""

from datetime import date
from pathlib import Path

import pytest

from dagster_project.settings import Chain
from tests.warehouse.harness import Home


@pytest.fixture(scope="session")
def regtest_home(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The regtest chain with its labels and some prices, built in one go with monthly keyframes."""
    home = regtest_lake(shared, tmp_path_factory.mktemp("regtest"))
    home.build(keyframe_period="month")
    return home


def regtest_lake(shared: Path, folder: Path) -> Home:
    """The regtest chain with its labels and some prices, with nothing built, in a folder."""
    data = shared / "data" / "regtest_70_days"
    home = Home.of_files(folder / "home", data, Chain.REGTEST, min_confirmations=0)
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
    home = Home.of_files(tmp_path_factory.mktemp("mainnet") / "home", shared / "data" / "mainnet_0_255", Chain.MAINNET)
    home.extract()
    home.build()
    return home
