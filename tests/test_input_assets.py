"""The three input assets, materialised by Dagster."""

from pathlib import Path

import dagster as dg
import duckdb
import pytest

from dagster_project.headers.assets import block_headers
from dagster_project.labels.assets import exchange_labels
from dagster_project.prices.assets import prices
from dagster_project.resources import SettingsResource


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("LABELS", "PRICES", "HEADERS", "HEADER_NODES"):
        monkeypatch.delenv(f"SATLEDGER_{name}", raising=False)
    monkeypatch.setenv("SATLEDGER_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def run(*assets: dg.AssetsDefinition, succeeds: bool = True) -> dg.ExecuteInProcessResult:
    result = dg.materialize(list(assets), resources={"settings": SettingsResource()}, raise_on_error=False)
    assert result.success is succeeds
    return result


def rows_of(result: dg.ExecuteInProcessResult, asset: str) -> object:
    return result.asset_materializations_for_node(asset)[0].metadata["dagster/row_count"].value


def count(file: Path) -> int:
    return len(duckdb.read_parquet(str(file)).fetchall())


def test_mainnet_has_the_starter_set_and_no_prices(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SATLEDGER_CHAIN", "mainnet")
    result = run(exchange_labels, prices, block_headers)
    assert rows_of(result, "exchange_labels") == count(home / "lake/labels/exchange_addresses.parquet") > 100
    assert rows_of(result, "prices") == count(home / "lake/prices/prices.parquet") == 0
    assert not (home / "lake/headers").exists()


def test_other_networks_have_no_labels_of_their_own(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SATLEDGER_CHAIN", "regtest")
    assert rows_of(run(exchange_labels), "exchange_labels") == 0


def test_the_sample_chain_brings_its_own_inputs(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SATLEDGER_CHAIN", "sample")
    result = run(exchange_labels, prices, block_headers)
    assert rows_of(result, "exchange_labels") == count(home / "lake/labels/exchange_addresses.parquet") > 100
    assert rows_of(result, "prices") == count(home / "lake/prices/prices.parquet") > 4000
    assert sorted(path.name for path in (home / "lake/headers").iterdir()) == (
        ["bch", "bsv", "btg", "dash", "etc", "eth", "ltc", "vtc", "xmr", "zec"]
    )


def test_a_refused_input_leaves_the_one_before(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SATLEDGER_CHAIN", "mainnet")
    run(exchange_labels, prices)
    table = home / "lake/labels/exchange_addresses.parquet"
    before = table.read_bytes()
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "btc.csv").write_text("time,PriceUSD\n2020-01-01,much\n", encoding="utf-8")
    monkeypatch.setenv("SATLEDGER_LABELS", str(folder))
    monkeypatch.setenv("SATLEDGER_PRICES", str(folder))
    for asset, reason in (
        (exchange_labels, "Nothing was taken of the exchange labels at"),
        (prices, "The prices have 1 bad row"),
    ):
        failure = run(asset, succeeds=False).failure_data_for_node(asset.op.name)
        assert failure is not None
        assert failure.error is not None
        assert reason in str(failure.error)
    assert table.read_bytes() == before
