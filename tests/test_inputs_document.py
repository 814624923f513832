"""Every example of docs/inputs.md is read as the page says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from dagster_project.headers.assets import block_headers
from dagster_project.headers.model import read_assets
from dagster_project.inputs.intake import told
from dagster_project.labels.assets import exchange_labels
from dagster_project.labels.model import Exchanges
from dagster_project.prices.assets import prices
from dagster_project.resources import SettingsResource

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "inputs.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")
FILES: dict[str, str] = dict(re.findall(r"^```(?:csv|yaml) (\S+)\n([\s\S]*?)^```", TEXT, re.M))
COMMANDS: list[str] = re.findall(r"^```sh\n([\s\S]*?)^```", TEXT, re.M)
TOLD: list[str] = re.findall(r"^```text told\n([\s\S]*?)^```", TEXT, re.M)


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with all files of the page, in which its commands were run."""
    for name in [name for name in os.environ if name.startswith("SATLEDGER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SATLEDGER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SATLEDGER_CHAIN", "mainnet")
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    for command in COMMANDS:
        subprocess.run(["bash", "-ec", command.replace("uv run python", sys.executable)], check=True, cwd=tmp_path)
    return tmp_path


def materialized(asset: dg.AssetsDefinition) -> None:
    assert dg.materialize([asset], resources={"settings": SettingsResource()}).success


def rows(file: str, order: str) -> list[tuple[object, ...]]:
    return duckdb.sql(f"from read_parquet('home/lake/{file}') order by {order}").fetchall()


def test_labels(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SATLEDGER_LABELS", "labels")
    materialized(exchange_labels)
    found = {str(row[0]): row[1:] for row in rows("labels/exchange_addresses.parquet", "address")}
    cold = found["34xp4vRoCGJym3xR7yCVPFHoCNxv4Twseo"]
    assert (cold[0], cold[2], cold[3]) == ("BNB", "cold", "https://example.org/binance")
    assert found["bc1qm34lsc65zpw79lxes69zkqmk6ee3ewf0j77s3h"][:3] == ("BNB", "Binance", "hot")
    assert found["1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"][:3] == ("KRK", "Kraken", "cold")
    assert found["3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"][2] == "hot"
    lines = dict(told(page / "home/lake"))["exchange labels"]
    assert len(TOLD) == 1
    assert TOLD[0].splitlines() == [line for line in lines[1:] if "starter set" not in line]


def test_a_list_of_reserves_becomes_labels(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SATLEDGER_LABELS", "labels/reserves.csv")
    materialized(exchange_labels)
    own = [row for row in rows("labels/exchange_addresses.parquet", "address") if "proof-of-reserves" in str(row[4])]
    assert [(row[0], row[1], str(row[5])) for row in own] == [
        ("34xp4vRoCGJym3xR7yCVPFHoCNxv4Twseo", "BNB", "2024-04-20"),
        ("bc1qm34lsc65zpw79lxes69zkqmk6ee3ewf0j77s3h", "BNB", "2024-04-20"),
    ]


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        (
            "prices",
            [
                ("btc", "2024-01-11", "46368.59"),
                ("btc", "2024-01-12", "42853.17"),
                ("ltc", "2024-01-11", "71.19"),
                ("xmr", "2024-01-11", "160.02"),
            ],
        ),
        ("coingecko", [("btc", "2024-01-11", "46368.59")]),
        ("yahoo", [("btc", "2024-01-11", "46368.59")]),
    ],
)
@pytest.mark.usefixtures("page")
def test_prices(folder: str, expected: list[tuple[str, str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SATLEDGER_PRICES", folder)
    materialized(prices)
    assert [(row[0], str(row[1]), row[2]) for row in rows("prices/prices.parquet", "asset, day")] == expected


@pytest.mark.usefixtures("page")
def test_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SATLEDGER_HEADERS", "headers")
    materialized(block_headers)
    assert [(str(row[1]), row[2]) for row in rows("headers/ltc/2011-10.parquet", "height")] == [
        ("2011-10-07", height) for height in (1, 2, 3, 4)
    ]


def test_the_page_names_all_exchanges_and_assets() -> None:
    plain = " ".join(TEXT.split())
    assert ", ".join(f"{code} {name}" for code, name in Exchanges().names.items()) in plain
    assert ", ".join(f"`{asset}`" for asset in read_assets()) in plain
    assert ", ".join(f"`{asset}`" for asset in read_assets() if asset != "btc") in plain
