"""The values of one day by metric id, and the kinds of value there are."""

from decimal import Decimal
from fractions import Fraction
from typing import Literal

from .hash_rate import rolling_means
from .holders import COIN

Kind = Literal["count", "native", "usd", "quotient"]


class Count(int):
    """A number of things; a plain integer is an amount of satoshi."""


Value = Count | int | Fraction | float | None

SECONDS = 86_400
HASH_RATE_WINDOW = 30
REVENUE_WINDOW = 365
INVENTORY_WINDOW = 30

ALIASES = {
    "FlowNetBNBNtvFlow": "FlowNetBNBNtv",
    "FlowNetBTXNtvFlow": "FlowNetBTXNtv",
    "ReferenceRateUSD": "ReferenceRate",
    "SplyExpFut10yrCMBI": "SplyExpFut10yr",
    "age_destroyed": "TxTfrValDayDst",
    "age_consumed": "TxTfrValDayDst",
    "transaction_volume": "TxTfrValNtv",
    "transaction_volume_usd": "TxTfrValUSD",
    "transactions_count": "TxCnt",
    "payments_count": "TxTfrCnt",
    "daily_active_addresses": "AdrActCnt",
    "active_addresses_24h": "AdrActCnt",
    "active_addresses_7d": "AdrAct7dCnt",
    "active_addresses_30d": "AdrAct30dCnt",
    "network_growth": "AdrNewCnt",
    "exchange_inflow": "FlowInExNtv",
    "exchange_inflow_usd": "FlowInExUSD",
    "exchange_outflow": "FlowOutExNtv",
    "exchange_outflow_usd": "FlowOutExUSD",
    "exchange_balance": "FlowNetExNtv",
    "supply_on_exchanges": "SplyExNtv",
    "miners_balance": "SplyMiner0HopAllNtv",
}


def kind_of(value: Count | int | Fraction | float) -> Kind:
    """Which kind a value is of."""
    if isinstance(value, Count):
        return "count"
    if isinstance(value, int):
        return "native"
    return "usd" if isinstance(value, Fraction) else "quotient"


def regular_id(metric: str) -> str:
    """Return the id that an alias stands for; any other id is its own."""
    return ALIASES.get(metric, metric.replace("active_percent_of_holders_", "percent_of_active_holders_"))


class DayValues:
    """Collects a day's values; USD amounts follow from native ones where there is a price."""

    def __init__(self, price: Decimal | None) -> None:
        self.price = None if price is None else Fraction(price)
        self.by_id: dict[str, Value] = {}
        self.revenue = 0
        self.miner_outflow = {0: 0, 1: 0}

    def count(self, metric: str, value: int) -> None:
        """Set a number of things."""
        self.by_id[metric] = Count(value)

    def native(self, metric: str, satoshi: int | None) -> None:
        """Set an amount without a USD twin."""
        self.by_id[metric] = satoshi

    def amount(self, stem: str, satoshi: int | None) -> None:
        """Set an amount in native units, and its unrounded product with the day's price."""
        self.native(f"{stem}Ntv", satoshi)
        self.usd_of(f"{stem}USD", satoshi)

    def usd_of(self, metric: str, satoshi: int | None) -> None:
        """Set the unrounded product of an amount and the day's price."""
        self.by_id[metric] = None if satoshi is None or self.price is None else self.price * satoshi / COIN

    def quotient(self, metric: str, value: Fraction | None) -> None:
        """Set a mean or ratio, as the nearest double."""
        self.by_id[metric] = None if value is None else float(value)

    def both_quotients(self, stem: str, value: Fraction | None) -> None:
        """Set a mean or ratio in native units, and its product with the day's price."""
        self.quotient(f"{stem}Ntv", value)
        self.quotient(f"{stem}USD", None if value is None or self.price is None else value * self.price)

    def set_hash_rate(self, rate: Fraction | None, revenue: int) -> None:
        """Hash rate, and the day's revenue (satoshi) for each hash unit of a day and of a second."""
        self.revenue = revenue
        self.quotient("HashRate", rate)
        per_second = None if rate is None else Fraction(revenue, COIN) / rate
        per_day = None if per_second is None else per_second / SECONDS
        for stem, value in (("RevHashRate", per_second), ("RevHash", per_day)):
            self.both_quotients(stem, value)


def add_rolling(days: list[DayValues]) -> None:
    """Add what looks back over the days, given in calendar order.

    Means are over the latest daily values that exist. The miners' rolling inventory is in percent, over 30 calendar
    days, null before there are 30 and where they brought no revenue.
    """
    for metric, source, size in (
        ("HashRate30d", "HashRate", HASH_RATE_WINDOW),
        ("RevHash1yAvgNtv", "RevHashNtv", REVENUE_WINDOW),
        ("RevHash1yAvgUSD", "RevHashUSD", REVENUE_WINDOW),
    ):
        daily = [value if isinstance(value := day.by_id[source], float) else None for day in days]
        for day, mean in zip(days, rolling_means(daily, size), strict=True):
            day.by_id[metric] = mean
    thermo = Fraction(0)
    for last, day in enumerate(days):
        revenue_usd = day.by_id["RevUSD"]
        thermo += Fraction(0) if revenue_usd is None else Fraction(revenue_usd)
        day.quotient("RevAllTimeUSD", thermo)
        window = days[max(0, last - INVENTORY_WINDOW + 1) : last + 1]
        revenue = sum(of.revenue for of in window)
        for hop in range(2):
            sent = sum(of.miner_outflow[hop] for of in window)
            known = len(window) == INVENTORY_WINDOW and revenue > 0
            day.quotient(f"MRI{hop}HopAll30d", Fraction(100 * sent, revenue) if known else None)
