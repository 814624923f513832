"""The columns of the price files that people have, under the names that satledger knows them by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from dagster_project.inputs.csv_rows import NotOursError

ASSET = "asset"
TIME = "time"
PRICE = "PriceUSD"

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Form:
    """A pair of columns: when, and how much.

    Attributes:
        time: name of the column of times, in small letters.
        price: name of the column of prices, in small letters.
        later: how long after the start of the day that it closes the price is dated.
    """

    time: str
    price: str
    later: timedelta = timedelta(0)


# yfinance writes two lines more below the header, and days into the column that the header calls Price.
YFINANCE = Form("price", "close")
YFINANCE_HEADS = ("Ticker", "Date")

# In order of preference, where a file has several. A close is dated by the day that it ends. `snapped_at` is an
# instant: a price snapped at 00:00 UTC is the price with which that day begins, and a day begins where the day before
# closes. So it is the close of the day before, and dated one day later than that.
FORMS = (
    Form("time", "priceusd"),
    Form("date", "priceusd"),
    Form("time", "close"),
    Form("date", "close"),
    Form("snapped_at", "price", ONE_DAY),
)

# Columns that name the asset of a row; the second one is CryptoDataDownload's.
ASSETS = (ASSET, "symbol")

# A file of Coin Metrics has many columns; for some assets none of prices.
PRICE_LIKE = ("price", "price_usd", "price(usd)", "usd", "value", "last", "vwap", "adj close")


def form_of(columns: Sequence[str]) -> Form:
    """Return the pair of columns to read of a header.

    Raises:
        ValueError: there is none; the message says what to rename.
        NotOursError: the file has other metrics and no price.
    """
    small = [column.lower() for column in columns]
    for form in FORMS:
        if form.time in small and form.price in small:
            return form
    if small[:1] == [YFINANCE.time] and YFINANCE.price in small:
        return YFINANCE
    if TIME in small and not any(name in small for name in (*PRICE_LIKE, "close", "priceusd")):
        raise NotOursError("it has no column of prices, such as PriceUSD")
    missing = [
        name
        for name, known in ((TIME, (TIME, "date", "snapped_at")), (PRICE, ("priceusd", "close")))
        if not any(column in known for column in small)
    ]
    raise ValueError(
        f"the header has no column {', '.join(missing)}: rename the one of days to time and the one of closing prices "
        f"in USD to PriceUSD (it has {', '.join(columns) or 'none'})"
    )


def named(columns: Sequence[str], form: Form) -> list[str]:
    """Return a header's columns with those of a form, and the one of assets, under satledger's names."""
    small = [column.lower() for column in columns]
    asset = next((name for name in ASSETS if name in small), None)
    ours = {form.time: TIME, form.price: PRICE} | ({asset: ASSET} if asset else {})
    # The others are not looked at; without names they cannot stand in the way of these.
    return [ours.get(name, "") for name in small]
