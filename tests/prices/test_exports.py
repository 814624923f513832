"""Price files that people have: well known exports, the names that they come with, and what is left aside."""

import gzip
from pathlib import Path

import pytest

from dagster_project.errors import SatledgerError
from dagster_project.headers.model import read_assets
from dagster_project.inputs.intake import FileIntake
from dagster_project.labels.model import Exchanges
from dagster_project.prices.csv_folder import PriceSet, read_folder
from dagster_project.prices.names import UnknownAssetError, asset_of

ASSETS = set(read_assets())


def read(folder: Path, files: dict[str, str]) -> PriceSet:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        (folder / name).write_text(text, encoding="utf-8")
    return read_folder(folder, ASSETS)


def rows(found: PriceSet) -> list[tuple[str, str, str]]:
    return [(price.asset, price.day.isoformat(), price.text) for price in found.prices]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("BTC-USD.csv", "Date,Open,High,Low,Close,Adj Close,Volume\n2024-01-11,46656,48969,45678,46368.5,46368.5,1\n"),
        ("BTC-USD.csv", "Date,Close,High\n2024-01-11 00:00:00+00:00,46368.50,48969\n"),
        ("BTCUSD.csv", "date,close\n2024-01-11,46368.5\n"),
        ("btc (1).csv", "time,PriceUSD\n2024-01-11,46368.5\n"),
        ("btc.csv", ",asset,time,PriceUSD\n0,btc,2024-01-11 00:00:00+00:00,46368.5\n"),
        ("btc.csv", "TIME,PRICEUSD\n2024-01-11T00:00:00.000000000Z,46368.5\n"),
        # What is snapped at 00:00 closes the day before.
        ("btc-usd-max.csv", "snapped_at,price,market_cap,total_volume\n2024-01-12 00:00:00 UTC,46368.5,9e11,1.0\n"),
        (
            "Bitstamp_BTCUSD_d.csv",
            "https://www.CryptoDataDownload.com\nunix,date,symbol,open,high,low,close,Volume BTC,Volume USD\n"
            "1704931200,2024-01-11 00:00:00,BTC/USD,46656,48969,45678,46368.5,1,2\n",
        ),
        # polars, which Coin Metrics' client can make tables of.
        ("out.csv", "asset,time,PriceUSD\nbtc,2024-01-11T00:00:00.000000000+0000,46368.500000000000000000\n"),
        # yfinance, with the name of the ticker above each column.
        (
            "BTC-USD.csv",
            "Price,Close,High,Low,Open,Volume\nTicker,BTC-USD,BTC-USD,BTC-USD,BTC-USD,BTC-USD\nDate,,,,,\n"
            "2024-01-11,46368.5,48969.37,45678.64,46656.07,45833734549\n",
        ),
        ("prices.CSV", "asset,date,close\nBTC-USD,2024-01-11,46368.5\n"),
    ],
)
def test_well_known_exports_are_read_as_they_are(tmp_path: Path, name: str, text: str) -> None:
    found = read(tmp_path, {name: text})
    assert rows(found) == [("btc", "2024-01-11", "46368.5")]
    assert found.intake.files == {name: FileIntake(taken=1)}


@pytest.mark.parametrize("nothing", ["", "None", "NaN", "nan", "<NA>", "null", "NaT"])
def test_a_missing_price_is_a_gap_however_it_is_written(tmp_path: Path, nothing: str) -> None:
    found = read(tmp_path, {"btc.csv": f"time,PriceUSD\n2024-01-11,{nothing}\n2024-01-12,46000\n"})
    assert rows(found) == [("btc", "2024-01-12", "46000")]
    assert found.intake.reasons() == {"no price": 1}


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        ("2024-01-11T00:00:00+01:00,46368.5", "line 3: time is '2024-01-11T00:00:00+01:00'"),
        ("2024-01-11T05:00:00Z,46368.5", "line 3: time is '2024-01-11T05:00:00Z'"),
        ("NaN,46368.5", "line 3: time is 'NaN'"),
        ("11/01/2024,46368.5", "line 3: time is '11/01/2024'"),
        ('2024-01-11,"46,368.5"', "line 3: '46,368.5' is not a price"),
        ("2024-01-11,inf", "line 3: 'inf' is not a price"),
    ],
)
def test_what_is_in_doubt_is_refused_by_its_row(tmp_path: Path, row: str, shown: str) -> None:
    with pytest.raises(SatledgerError) as refused:
        read(tmp_path, {"btc.csv": f"time,PriceUSD\n2024-01-10,46000\n{row}\n"})
    assert shown in str(refused.value)


@pytest.mark.parametrize(("nothing", "said"), [("", "empty"), ("NaN", "NaN"), ("None", "None"), ("<NA>", "<NA>")])
def test_a_row_without_an_asset_is_refused(tmp_path: Path, nothing: str, said: str) -> None:
    """The last rows of a table that pandas wrote may be such, with or without a price."""
    with pytest.raises(SatledgerError, match=f"out.csv, line 3: asset is {said}"):
        read(tmp_path, {"out.csv": f"asset,time,PriceUSD\nbtc,2024-01-11,46368.5\n{nothing},NaN,NaN\n"})


@pytest.mark.parametrize("ticker", ["ETH-USD", "DOGE-USD"])
def test_prices_of_another_ticker_are_refused(tmp_path: Path, ticker: str) -> None:
    text = f"Price,Close,High\nTicker,{ticker},{ticker}\nDate,,\n2024-01-11,2600.1,2700\n"
    with pytest.raises(SatledgerError, match=f"line 2: the prices are of {ticker}, but the file is named for btc"):
        read(tmp_path, {"BTC-USD.csv": text})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "line 1: the file is empty"),
        (b"\n2024-01-11,46368.5\n", "line 1: the line of column names is empty"),
        (gzip.compress(b"time,PriceUSD\n2024-01-11,46368.5\n", mtime=0), "line 1: the file is compressed: unpack it"),
        (b"PK\x03\x04\x14\x00", "line 1: the file is a ZIP archive or a spreadsheet: unpack it, or save it as CSV"),
        (b"PAR1\x15\x04", "line 1: the file is Parquet: save it as CSV"),
        ("time,PriceUSD\n2024-01-11,46368.5\n".encode("utf-16"), "line 1: the file is UTF-16 text: save it as UTF-8"),
    ],
)
def test_a_file_that_is_no_csv_is_refused_with_what_to_do(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "btc.csv"
    file.write_bytes(content)
    with pytest.raises(SatledgerError) as refused:
        read_folder(file, ASSETS)
    assert f"{file}, {said}" in str(refused.value).splitlines()


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ("Date,Price,Vol.", "the header has no column PriceUSD: rename the one of days to time and the one of closing"),
        ("timestamp,close", "the header has no column time: rename the one of days to time"),
        ("when,how much", "the header has no column time, PriceUSD: rename"),
        ("time,price", "PriceUSD (it has time, price)"),
        ("time;PriceUSD", "the columns are separated by semicolons: separate them by commas"),
    ],
)
def test_other_columns_are_refused_with_what_to_rename(tmp_path: Path, header: str, sentence: str) -> None:
    with pytest.raises(SatledgerError) as refused:
        read(tmp_path, {"btc.csv": f"{header}\n2024-01-11,46368.5\n"})
    assert f"btc.csv, line 1: {sentence}" in str(refused.value) or sentence in str(refused.value)


def test_a_folder_of_all_assets_gives_those_that_are_known(tmp_path: Path) -> None:
    """Coin Metrics' community folder has a file for each of hundreds of assets, and one that lists the metrics."""
    found = read(
        tmp_path,
        {
            "btc.csv": "time,AdrActCnt,PriceUSD\n2024-01-11,9,46368.5\n2024-01-12,9,\n",
            "xmr.csv": "time,BlkCnt,PriceUSD\n2024-01-11,7,160\n",
            "btg.csv": "time,AdrActCnt,ReferenceRateUSD\n2024-01-11,9,16\n",
            "usdk.csv": "time,AdrActCnt\n2024-01-11,5\n",
            "1inch.csv": "time,PriceUSD\n2024-01-11,junk\n",
            "42.csv": "time,ReferenceRate\n2024-01-11,1\n",
            "metrics.csv": "Name,Description\na,b\n",
            "README.md": "# Data\n",
            ".git/config": "[core]\n",
            "older/btc.csv": "time,PriceUSD\n2010-01-01,1\n",
        },
    )
    assert rows(found) == [("btc", "2024-01-11", "46368.5"), ("xmr", "2024-01-11", "160")]
    assert {name: each.whole for name, each in found.intake.files.items() if each.whole} == {
        "btg.csv": "it has no column of prices, such as PriceUSD",
        "usdk.csv": "no asset of satledger: usdk",
        "1inch.csv": "no asset of satledger: 1inch",
        "42.csv": "no asset of satledger: 42",
        "metrics.csv": "no asset of satledger: metrics",
        "README.md": "no .csv file",
        ".git": "hidden",
        "older": "a folder: files are read from the folder above it only",
    }
    assert found.intake.taken() == 2
    assert found.intake.files["btc.csv"].left() == "1 row (no price)"


def test_rows_that_say_the_same_are_told(tmp_path: Path) -> None:
    text = "time,PriceUSD\n2024-01-11,46368.5\n"
    found = read(tmp_path, {"BTC-USD.csv": text, "btc.csv": text})
    assert found.intake.files["btc.csv"] == FileIntake(0, found.intake.reasons())
    assert found.intake.reasons() == {"the same as a row before": 1}


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"doge.csv": "time,PriceUSD\n2024-01-11,1\n"}, "doge.csv: no asset of satledger: doge"),
        ({"BTC-EUR.csv": "Date,Close\n2024-01-11,1\n"}, "BTC-EUR.csv: a price in EUR, not in USD: BTC-EUR"),
        ({"all.csv": "asset,time,PriceUSD\ndoge,2024-01-11,1\n"}, "all.csv: 1 row (no asset of satledger: doge)"),
        ({"btc.csv": "time,PriceUSD\n2024-01-11,None\n"}, "btc.csv: 1 row (no price)"),
        ({"btc.csv": "time,PriceUSD\n"}, "btc.csv: it holds no rows"),
    ],
)
def test_prices_of_which_nothing_was_taken_are_refused(tmp_path: Path, files: dict[str, str], told: str) -> None:
    with pytest.raises(SatledgerError) as refused:
        read(tmp_path, files)
    assert f"Nothing was taken of the prices at {tmp_path}: " in str(refused.value)
    names = "name files for their asset, such as btc.csv, or correct them" in str(refused.value)
    assert names == told.startswith("doge.csv")
    assert told in str(refused.value).splitlines()


def test_rows_of_other_assets_are_left_aside_whatever_they_hold(tmp_path: Path) -> None:
    found = read(tmp_path, {"all.csv": "asset,time,PriceUSD\nbtc,2024-01-11,1\ndoge,yesterday,junk\n"})
    assert rows(found) == [("btc", "2024-01-11", "1")]
    assert found.intake.reasons() == {"no asset of satledger: doge": 1}


def test_one_file_may_be_named(tmp_path: Path) -> None:
    file = tmp_path / "BTC-USD.csv"
    file.write_text("Date,Close\n2024-01-11,1\n", encoding="utf-8")
    assert rows(read_folder(file, ASSETS)) == [("btc", "2024-01-11", "1")]


@pytest.mark.parametrize(
    ("name", "asset"),
    [
        ("btc", "btc"),
        ("BTC-USD", "btc"),
        ("BTCUSD", "btc"),
        ("btc-usd-max", "btc"),
        ("btc (1)", "btc"),
        ("ETH_USD_daily_2024-01-11", "eth"),
        ("Kraken_XMRUSD_1d", "xmr"),
        ("ltc/usd", "ltc"),
        ("BTCUSDT", "a price in USDT"),
        ("eth-btc", "a price in BTC"),
        ("ETHBTC", "a price in BTC"),
        ("Kraken_BTCEUR", "a price in EUR"),
        ("wrapped-btc-usd", "no asset of satledger"),
        ("btcb", "no asset of satledger"),
        ("wbtc-usd", "no asset of satledger"),
        ("btc dominance", "named for more than btc in USD"),
        ("", "no asset of satledger: no name"),
    ],
)
def test_what_a_name_names(name: str, asset: str) -> None:
    if asset in ASSETS:
        assert asset_of(name, ASSETS, Exchanges()) == asset
    else:
        with pytest.raises(UnknownAssetError, match=asset):
            asset_of(name, ASSETS, Exchanges())
