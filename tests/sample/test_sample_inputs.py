"""Labels, prices and headers of the sample chain are what satledger's own importers take."""

import csv
from datetime import timedelta
from pathlib import Path

import base58
import bech32
import pytest

from bench.sample_inputs import SampleInputs, write_inputs
from dagster_project.headers.csv_folder import header_files, read_headers
from dagster_project.headers.days import whole_days
from dagster_project.headers.model import read_assets
from dagster_project.inputs.bad_rows import BadRows
from dagster_project.labels.load import load_labels
from dagster_project.prices.csv_folder import read_folder
from dagster_project.sample.generate import SampleChain
from dagster_project.sample.plan import EXCHANGES


@pytest.fixture(scope="module")
def inputs(chain: SampleChain, tmp_path_factory: pytest.TempPathFactory) -> SampleInputs:
    return write_inputs(tmp_path_factory.mktemp("inputs"), chain)


def test_label_addresses_have_true_checksums(inputs: SampleInputs, chain: SampleChain) -> None:
    with inputs.labels.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    versions = {chain.parameters.p2pkh_version, chain.parameters.p2sh_version}
    for row in rows:
        if row["address"].startswith("satl1"):
            assert bech32.decode("satl", row["address"])[0] == 0
        else:
            assert base58.b58decode_check(row["address"])[0] in versions
    assert len({row["address"] for row in rows}) == len(rows) > 100
    assert {row["exchange_code"] for row in rows} == set(EXCHANGES)
    assert {row["source"] for row in rows} == {"satledger sample chain"}


def test_labels_are_taken(inputs: SampleInputs) -> None:
    labels = load_labels([inputs.labels], lambda address: None)
    assert {label.role for label in labels.labels} == {"hot", "cold", "deposit"}
    assert not labels.intake.reasons()


def test_prices_are_taken(inputs: SampleInputs, chain: SampleChain) -> None:
    assets = set(read_assets())
    prices = read_folder(inputs.prices, assets)
    assert {price.asset for price in prices.prices} == assets
    assert not prices.intake.reasons()
    days = [price.day for price in prices.prices if price.asset == "btc"]
    assert len(days) == chain.plan.days  # one more day, of which one has no price
    assert {price.day for price in prices.prices} == {chain.date(day) for day in range(chain.plan.days + 1)}


def test_headers_are_taken_and_cover_the_chain(inputs: SampleInputs, chain: SampleChain) -> None:
    assets = read_assets()
    files = header_files(inputs.headers, assets)
    assert set(files) == set(assets) - {"btc"}
    wanted = [chain.date(0) + timedelta(days=day) for day in range(chain.plan.days)]
    for name, paths in files.items():
        bad = BadRows("headers")
        days = list(whole_days(read_headers(paths, assets[name], bad), assets[name].margin))
        bad.refuse()
        assert [day for day, _ in days][: chain.plan.days] == wanted
        assert all(headers for _, headers in days)


def test_nobody_mines_eth_after_the_merge(inputs: SampleInputs) -> None:
    with Path(inputs.headers / "eth.csv").open(newline="", encoding="utf-8") as file:
        mined = {row["time"] >= "1663224162": row["difficulty"] != "0" for row in csv.DictReader(file)}
    assert mined == {False: True, True: False}
