"""Prices from CSV: rows of asset, time, PriceUSD, or a file for each asset, such as ``btc.csv``, without the asset.

Exports that are well known are read as they are: see ``columns`` and ``names``.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dagster_project.errors import SatledgerError
from dagster_project.inputs.bad_rows import BadRows
from dagster_project.inputs.csv_rows import NotOursError, csv_rows
from dagster_project.inputs.folder import input_files
from dagster_project.inputs.intake import Intake
from dagster_project.labels.model import Exchanges
from dagster_project.prices.columns import (
    ASSET,
    ASSETS,
    ONE_DAY,
    PRICE,
    TIME,
    YFINANCE,
    YFINANCE_HEADS,
    Form,
    form_of,
    named,
)
from dagster_project.prices.model import Price, is_missing, one_per_day, parse_time, plain_decimal
from dagster_project.prices.names import NO_ASSET, UnknownAssetError, asset_of

ENDINGS = (".csv",)
SETTING = "SATLEDGER_PRICES"
NO_PRICE = "no price"
TWICE = "the same as a row before"


@dataclass(frozen=True)
class PriceSet:
    """Prices by asset and day, and what the files contributed."""

    prices: list[Price]
    intake: Intake


def read_folder(place: Path, assets: Collection[str]) -> PriceSet:
    """Read and validate a CSV file, or all those of a folder; a missing price is a gap.

    Other columns are not looked at. Files and rows of other assets, or of prices in another currency, are left aside.

    Args:
        place: the folder, or a file.
        assets: ids of the assets to keep.

    Raises:
        SatledgerError: there is no such folder, it holds no CSV file, some rows are bad, two prices differ for one
            day, or nothing is left of it; all of them are named.
    """
    intake = Intake("prices", place, SETTING)
    files = input_files(place, ENDINGS, intake)
    if not files:
        raise SatledgerError(f"The folder of prices {place} holds no CSV file: put some there or set {SETTING}.")
    bad, exchanges = BadRows("prices"), Exchanges()
    prices: list[Price] = []
    for file in files:
        intake.take(file, 0)
        reader = _File(file, assets, exchanges, bad, intake)
        try:
            prices.extend(reader.prices())
        except NotOursError as left:
            intake.leave_file(file, str(left))
    bad.refuse()
    kept = one_per_day(prices)
    first = set(map(id, kept))
    for price in prices:
        if id(price) in first:
            intake.take(price.file)
        else:
            intake.leave(price.file, TWICE)
    unknown = any(NO_ASSET in (file.whole or "") for file in intake.files.values())
    intake.refuse_if_nothing("name files for their asset, such as btc.csv, or " if unknown else "")
    return PriceSet(kept, intake)


class _File:
    """A file of prices."""

    def __init__(self, path: Path, assets: Collection[str], exchanges: Exchanges, bad: BadRows, intake: Intake) -> None:
        self._path = path
        self._assets = assets
        self._exchanges = exchanges
        self._bad = bad
        self._intake = intake
        self._form: Form | None = None
        self._asset: str | None = None

    def prices(self) -> Iterator[Price]:
        """Yield the prices; bad rows and those left aside are noted.

        Raises:
            NotOursError: the file holds no prices, or is named for something else than an asset.
        """
        for line, row in csv_rows(self._path, (TIME, PRICE), self._bad, self._names):
            try:
                if price := self._price(line, row):
                    yield price
            except UnknownAssetError as left:
                self._intake.leave(self._path, str(left))
            except ValueError as error:
                self._bad.add(self._path, line, str(error))

    def _names(self, columns: Sequence[str]) -> list[str]:
        """Choose the columns; the name of a file that has none of assets is read first: it may be none of ours."""
        if not any(name.lower() in ASSETS for name in columns):
            try:
                self._asset = asset_of(self._path.stem, self._assets, self._exchanges)
            except UnknownAssetError as error:
                raise NotOursError(str(error)) from None
        self._form = form_of(columns)
        return named(columns, self._form)

    def _price(self, line: int, row: dict[str, str]) -> Price | None:
        """Return a row's price, nothing where it has none.

        Raises:
            UnknownAssetError: it is of another asset.
            ValueError: it is bad.
        """
        if ASSET in row and is_missing(row[ASSET]):
            raise ValueError(f"asset is {row[ASSET] or 'empty'}")
        if self._form is YFINANCE and row[TIME] in YFINANCE_HEADS:
            self._check_head(row)
            return None
        # First of all: what is wrong with another asset's row is none of our business.
        asset = self._asset or asset_of(row[ASSET], self._assets, self._exchanges)
        day = parse_time(row[TIME])
        if day is None:
            raise ValueError(f"time is {row[TIME]!r}, not a day like 2020-01-31 or its midnight in UTC")
        if is_missing(row[PRICE]):
            self._intake.leave(self._path, NO_PRICE)
            return None
        if self._form and self._form.later:
            day -= ONE_DAY
        return Price(asset, day, plain_decimal(row[PRICE]), self._path, line)

    def _check_head(self, row: dict[str, str]) -> None:
        """Accept a line that yfinance writes below the header, where it is of the file's asset.

        Raises:
            ValueError: it is of another.
        """
        try:
            asset = asset_of(row[PRICE], self._assets, self._exchanges) if row[PRICE] else self._asset
        except UnknownAssetError:
            asset = None
        if asset != self._asset:
            raise ValueError(f"the prices are of {row[PRICE]}, but the file is named for {self._asset}")
