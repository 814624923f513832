"""Columns of common price files, and their names in satledger."""

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
    """The pair of columns with times and prices.

    Attributes:
        time: name of the column of times, in lower case.
        price: name of the column of prices, in lower case.
        later: time between the start of the day that a price closes and the date of its row.
    """

    time: str
    price: str
    later: timedelta = timedelta(0)


# yfinance writes two more header lines, and puts the days into the column named Price.
YFINANCE = Form("price", "close")
YFINANCE_HEADS = ("Ticker", "Date")

# In order of preference, if a file has several. A closing price has the date of the day that it closes. `snapped_at` is
# a point in time: a price at 00:00 UTC of a day is the closing price of the day before, so it is dated a day late.
FORMS = (
    Form("time", "priceusd"),
    Form("date", "priceusd"),
    Form("time", "close"),
    Form("date", "close"),
    Form("snapped_at", "price", ONE_DAY),
)

# Columns with the asset of a row; the second one is CryptoDataDownload's.
ASSETS = (ASSET, "symbol")

# Other columns that may hold prices. A file with none of these has no prices, as Coin Metrics' files of some assets.
PRICE_LIKE = ("price", "price_usd", "price(usd)", "usd", "value", "last", "vwap", "adj close")


def form_of(columns: Sequence[str]) -> Form:
    """Return the pair of columns of a header to read.

    Raises:
        ValueError: there is none; the message says which columns to rename.
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
    """Return a header with satledger's names for the columns of a form and of assets, and empty names for others."""
    small = [column.lower() for column in columns]
    asset = next((name for name in ASSETS if name in small), None)
    ours = {form.time: TIME, form.price: PRICE} | ({asset: ASSET} if asset else {})
    # Without names, the other columns cannot conflict with these.
    return [ours.get(name, "") for name in small]
