"""Prices from CSV: rows of asset, time, PriceUSD, or one file per asset, such as ``btc.csv``, without the asset.

Common exports are read without changes: see ``columns`` and ``names``.
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
    """Prices by asset and day, and a record of what was read from each file."""

    prices: list[Price]
    intake: Intake


def read_folder(place: Path, assets: Collection[str]) -> PriceSet:
    """Read and validate a CSV file, or all CSV files in a folder; a missing price is a gap.

    Other columns are ignored. Files and rows of other assets, or with prices in another currency, are skipped.

    Args:
        place: the folder, or a file.
        assets: ids of the assets to keep.

    Raises:
        SatledgerError: there is no such folder, it has no CSV file, some rows are bad, or two prices of a day differ
            (the message lists all of them), or everything was skipped.
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
        """Yield the prices; bad and skipped rows are recorded.

        Raises:
            NotOursError: the file has no prices, or its name is not that of an asset.
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
        """Choose the columns; without one of assets, the name of the file gives the asset and is checked first."""
        if not any(name.lower() in ASSETS for name in columns):
            try:
                self._asset = asset_of(self._path.stem, self._assets, self._exchanges)
            except UnknownAssetError as error:
                raise NotOursError(str(error)) from None
        self._form = form_of(columns)
        return named(columns, self._form)

    def _price(self, line: int, row: dict[str, str]) -> Price | None:
        """Return a row's price; None if it has none.

        Raises:
            UnknownAssetError: the row is of another asset.
            ValueError: the row is bad.
        """
        if ASSET in row and is_missing(row[ASSET]):
            raise ValueError(f"asset is {row[ASSET] or 'empty'}")
        if self._form is YFINANCE and row[TIME] in YFINANCE_HEADS:
            self._check_head(row)
            return None
        # The asset is checked first: faults in rows of other assets do not matter.
        asset = self._asset or asset_of(row[ASSET], self._assets, self._exchanges)
        day = parse_time(row[TIME])
        if day is None:
            raise ValueError(f"time is {row[TIME]!r}, not a day like 2020-01-31 or its midnight in UTC")
        if is_missing(row[PRICE]):
            self._intake.leave(self._path, NO_PRICE)
            return None
        if self._form:
            day -= self._form.later
        return Price(asset, day, plain_decimal(row[PRICE]), self._path, line)

    def _check_head(self, row: dict[str, str]) -> None:
        """Check that a line that yfinance writes below the header gives the file's asset.

        Raises:
            ValueError: it gives another.
        """
        try:
            asset = asset_of(row[PRICE], self._assets, self._exchanges) if row[PRICE] else self._asset
        except UnknownAssetError:
            asset = None
        if asset != self._asset:
            raise ValueError(f"the prices are of {row[PRICE]}, but the file is named for {self._asset}")
