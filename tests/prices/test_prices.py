"""Prices from CSV, and the table in the lake."""

from collections import Counter
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.errors import SatledgerError
from dagster_project.prices.csv_folder import PriceSet, read_folder
from dagster_project.prices.model import plain_decimal
from dagster_project.prices.store import write_prices

ASSETS = {"btc", "ltc"}


def read(folder: Path, **files: str) -> PriceSet:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return read_folder(folder, ASSETS)


def rows(found: PriceSet) -> list[tuple[str, str, str]]:
    return [(price.asset, price.day.isoformat(), price.text) for price in found.prices]


@pytest.mark.parametrize(
    ("given_text", "plain"),
    [
        ("67000.50", "67000.5"),
        ("100", "100"),
        ("1E+3", "1000"),
        ("6.281e-2", "0.06281"),
        ("+00012.30", "12.3"),
        (".5", "0.5"),
        ("3.40867304734074", "3.40867304734074"),
        ("1234567890.123456789012", "1234567890.123456789012"),
    ],
)
def test_prices_are_plain_decimals_with_every_digit(given_text: str, plain: str) -> None:
    assert plain_decimal(given_text) == plain


@given(st.decimals(min_value="1e-12", max_value="1e9", allow_nan=False, places=12))
def test_the_plain_decimal_is_the_same_number(price: Decimal) -> None:
    plain = plain_decimal(str(price))
    assert Decimal(plain) == price
    assert "e" not in plain.lower()
    assert plain_decimal(plain) == plain


@pytest.mark.parametrize(
    "text", ["0", "0.00", "-1", "abc", "", "NaN", "Infinity", "1,000", "1_000", "12345678901234567890123", "1e-30"]
)
def test_what_is_no_price_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"price|digits"):
        plain_decimal(text)


def test_both_file_forms_are_read_and_gaps_stay_gaps(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        btc="time,BlkCnt,PriceUSD\n2020-01-02T00:00:00.000000000Z,144,7000.10\n2020-01-03,144,\n",
        all="asset,time,PriceUSD\nltc,2020-01-02,41.5\nbtc,2020-01-01,7200\ndoge,2020-01-01,1\nLTC,2020-01-01,41\n",
    )
    assert rows(found) == [
        ("btc", "2020-01-01", "7200"),
        ("btc", "2020-01-02", "7000.1"),
        ("ltc", "2020-01-01", "41"),
        ("ltc", "2020-01-02", "41.5"),
    ]
    assert found.intake.reasons() == Counter({"no asset of satledger: doge": 1, "no price": 1})


def test_all_bad_rows_are_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(SatledgerError) as refused:
        read(
            tmp_path,
            btc="time,PriceUSD\n2020-01-01,7,000\n2020-13-01,1\n2020-01-02T12:00:00Z,1\n2020-01-03,much\n2020-01-04,-3\n",
            ltc="day,PriceUSD\n",
        )
    message = str(refused.value)
    assert "6 bad rows" in message
    for line in range(2, 7):
        assert f"btc.csv, line {line}: " in message
    assert "ltc.csv, line 1: the header has no column time" in message


def test_contradicting_prices_name_both_places(tmp_path: Path) -> None:
    with pytest.raises(SatledgerError, match=r"btc on 2020-01-01: 1 in .*a\.csv, line 2, 2 in .*b\.csv, line 2"):
        read(tmp_path, a="asset,time,PriceUSD\nbtc,2020-01-01,1\n", b="asset,time,PriceUSD\nbtc,2020-01-01,2\n")
    found = read(tmp_path, b="asset,time,PriceUSD\nbtc,2020-01-01,1.0\n")
    assert rows(found) == [("btc", "2020-01-01", "1")]


def test_a_folder_without_prices_is_an_error(tmp_path: Path) -> None:
    for folder, told in ((tmp_path, "holds no CSV file"), (tmp_path / "missing", "There is nothing at .*missing: set")):
        with pytest.raises(SatledgerError, match=told):
            read_folder(folder, ASSETS)


def test_the_lake_table_holds_the_text(tmp_path: Path) -> None:
    found = read(tmp_path, btc="time,PriceUSD\n2020-01-02,7000.10\n2020-01-01,6.281e-2\n")
    first = write_prices(tmp_path / "lake", found.prices)
    table = tmp_path / "lake/prices/prices.parquet"
    content = table.read_bytes()
    relation = duckdb.read_parquet(str(table))
    assert (relation.columns, [str(kind) for kind in relation.types]) == (
        ["asset", "day", "price_text"],
        ["VARCHAR", "DATE", "VARCHAR"],
    )
    assert [row[2] for row in relation.fetchall()] == ["0.06281", "7000.1"]
    assert write_prices(tmp_path / "lake", found.prices) == first
    assert table.read_bytes() == content
    assert write_prices(tmp_path / "lake", found.prices[:1]) != first
