"""Prices from CSV: rows of asset, time, PriceUSD, or a file for each asset, such as ``btc.csv``, without the asset."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from dagster_project.errors import SatledgerError
from dagster_project.inputs.bad_rows import BadRows
from dagster_project.inputs.csv_rows import csv_rows
from dagster_project.prices.model import Price, one_per_day, parse_time, plain_decimal

TIME = "time"
PRICE = "PriceUSD"


@dataclass(frozen=True)
class PriceSet:
    """Prices by asset and day, and the number of prices left aside because satledger does not know their asset."""

    prices: list[Price]
    ignored: Counter[str]


def read_folder(folder: Path, assets: Collection[str]) -> PriceSet:
    """Read and validate all CSV files of a folder; an empty price is a gap, and further columns are not looked at.

    Args:
        folder: holds the files.
        assets: ids of the assets to keep.

    Raises:
        SatledgerError: there is no such folder, it holds no CSV file, some rows are bad, or two prices differ for one
            day; all of them are named.
    """
    files = sorted(folder.glob("*.csv")) if folder.is_dir() else []
    if not files:
        raise SatledgerError(
            f"The folder of prices {folder} holds no CSV file: put some there or set SATLEDGER_PRICES."
        )
    bad, ignored = BadRows("prices"), Counter[str]()
    prices = [price for file in files for price in _read_file(file, assets, bad, ignored)]
    bad.refuse()
    return PriceSet(one_per_day(prices), ignored)


def _read_file(path: Path, assets: Collection[str], bad: BadRows, ignored: Counter[str]) -> Iterator[Price]:
    for line, row in csv_rows(path, (TIME, PRICE), bad):
        asset, day = row.get("asset", path.stem).lower(), parse_time(row[TIME])
        if day is None:
            bad.add(path, line, f"time is {row[TIME]!r}, not a day like 2020-01-31 or its midnight in UTC")
        elif not asset:
            bad.add(path, line, "asset is empty")
        elif not row[PRICE]:
            continue
        elif asset not in assets:
            ignored[asset] += 1
        else:
            try:
                yield Price(asset, day, plain_decimal(row[PRICE]), f"{path}, line {line}")
            except ValueError as error:
                bad.add(path, line, str(error))
