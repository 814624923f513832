"""The three input assets, materialised by Dagster."""

from pathlib import Path

import dagster as dg
import duckdb
import pytest

from dagster_project.headers.assets import block_headers
from dagster_project.labels.assets import exchange_labels
from dagster_project.prices.assets import prices
from dagster_project.resources import SettingsResource

GENESIS = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"


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


def metadata_of(result: dg.ExecuteInProcessResult, asset: str) -> dict[str, object]:
    return {name: value.value for name, value in result.asset_materializations_for_node(asset)[0].metadata.items()}


def error_of(asset: dg.AssetsDefinition) -> str:
    failure = run(asset, succeeds=False).failure_data_for_node(asset.op.name)
    assert failure is not None
    return str(failure.error)


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


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
    folder = write(tmp_path / "own", {"btc.csv": "time,PriceUSD\n2020-01-01,much\n"})
    told_before = (home / "lake/inputs/exchange_labels.json").read_bytes()
    monkeypatch.setenv("SATLEDGER_LABELS", str(folder))
    monkeypatch.setenv("SATLEDGER_PRICES", str(folder))
    assert "Nothing was taken of the exchange labels at" in error_of(exchange_labels)
    assert "The prices have 1 bad row" in error_of(prices)
    assert table.read_bytes() == before
    assert (home / "lake/inputs/exchange_labels.json").read_bytes() == told_before


def test_dagster_has_what_was_taken_and_left_aside_by_file(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SATLEDGER_CHAIN", "mainnet")
    given = {
        "LABELS": {
            "mine.csv": f"address,exchange,source,as_of,note\n{GENESIS},Kraken,s,2024-01-11,x\n",
            "packs/a.yaml": f"tags:\n- {{address: {GENESIS}, currency: ETH}}\n",
            ".github/ci.yml": "on: [push]\n",
        },
        "PRICES": {
            "BTC-USD.csv": "Date,Close\n2024-01-11,46368.5\n2024-01-12,None\n",
            "usdk.csv": "time,AdrActCnt\n2024-01-11,5\n",
        },
        "HEADERS": {
            "etc_blocks.csv": "number,timestamp,hash,parent_hash,difficulty\n"
            + "".join(f"{height},{1469020840 + 30000 * height},{height:064x},,5\n" for height in range(6)),
            "doge.csv": "height,hash,time,bits\n",
        },
    }
    for name, files in given.items():
        monkeypatch.setenv(f"SATLEDGER_{name}", str(write(tmp_path / name, files)))
    result = run(exchange_labels, prices, block_headers)

    def told(asset: str) -> dict[str, tuple[object, object]]:
        table = metadata_of(result, asset)["files"]
        assert isinstance(table, dg.TableMetadataValue | list)
        records = table.records if isinstance(table, dg.TableMetadataValue) else table
        return {str(each.data["file"]): (each.data["rows taken"], each.data["left aside"]) for each in records}

    labels = told("exchange_labels")
    assert labels["mine.csv"] == (1, "the column note")
    assert labels["packs/a.yaml"] == (0, "1 row (other currency)")
    assert labels[".github"] == (0, "hidden")
    starter, taken = labels["the starter set that comes with satledger"], metadata_of(result, "exchange_labels")
    assert taken["rows taken"] == sum(int(str(rows)) for rows, _ in labels.values()) == int(str(starter[0])) + 1
    assert told("prices") == {
        "BTC-USD.csv": (1, "1 row (no price)"),
        "usdk.csv": (0, "no asset of satledger: usdk"),
    }
    assert metadata_of(result, "prices")["left aside"] == {"no price": 1}
    assert told("block_headers") == {
        "etc_blocks.csv": (
            4,
            "1 row (block 0, which is not mined); 1 row (of days that the files do not hold in whole)",
        ),
        "doge.csv": (0, "of no other chain that satledger knows: doge"),
    }


@pytest.mark.parametrize(
    ("asset", "name", "files", "told"),
    [
        (exchange_labels, "LABELS", {"a.yaml": "on: [push]\n"}, "a.yaml: no TagPack: it has no list of tags"),
        (prices, "PRICES", {"doge.csv": "time,PriceUSD\n2024-01-11,1\n"}, "doge.csv: no asset of satledger: doge"),
        (block_headers, "HEADERS", {"doge.csv": "height\n"}, "doge.csv: of no other chain that satledger knows: doge"),
    ],
)
def test_an_input_of_which_nothing_was_taken_is_refused(
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    asset: dg.AssetsDefinition,
    name: str,
    files: dict[str, str],
    told: str,
) -> None:
    monkeypatch.setenv("SATLEDGER_CHAIN", "mainnet")
    monkeypatch.setenv(f"SATLEDGER_{name}", str(write(tmp_path / "own", files)))
    error = error_of(asset)
    assert "Nothing was taken of the " in error
    assert told in error
    assert not (home / "lake").exists()
