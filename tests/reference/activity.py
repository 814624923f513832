"""The series of definitions, part 2, section 1: supply, transactions, market; ``of_day`` leaves block 0 out."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

from . import hash_rate, market, transfers
from .holders import COIN
from .ledger import Row
from .parameters import ChainParameters
from .values import DayValues

SECONDS = 86_400
WINDOW = 90


def share(part: int, whole: int) -> Fraction | None:
    """Return a quotient, null where the divisor is 0."""
    return Fraction(part, whole) if whole else None


def whole(values: DayValues, metric: str) -> int:
    """Return a count, or an amount in satoshi, that was set before."""
    value = values.by_id[metric]
    assert isinstance(value, int), metric
    return value


def add_supply(values: DayValues, of_day: list[Row], height: int, chain: ChainParameters) -> None:
    """Market cap, issuance and its rates, the supply to expect."""
    supply = whole(values, "SplyCur")
    values.usd_of("CapMrktCurUSD", supply)
    issued = whole(values, "IssTotNtv") if of_day else None
    values.amount("IssCont", issued)
    rate = None if issued is None else share(issued, supply)
    values.quotient("IssContPctDay", None if rate is None else 100 * rate)
    values.quotient("IssContPctAnn", None if rate is None else 36_500 * rate)
    revenue, fees = whole(values, "RevNtv"), whole(values, "FeeTotNtv")
    values.quotient("FeeRevPct", share(100 * fees, revenue) if of_day else None)
    expected = market.scheduled_supply(height + 1 + market.TEN_YEARS, chain) if height else None
    values.native("SplyExpFut10yr", expected)
    values.usd_of("CapFutExp10yrUSD", expected)


def add_transactions(values: DayValues, of_day: list[Row], found: transfers.Transactions) -> None:
    """Transfers, fees and sizes."""
    count, fees = len(found.fees), sum(found.fees)
    size, weight = sum(row["size"] for row in of_day), sum(row["weight"] for row in of_day)
    amounts = [transfer.value for transfer in found.transfers]
    values.count("TxTfrCnt", len(amounts))
    values.amount("TxTfrVal", sum(amounts))
    values.both_quotients("TxTfrValMean", share(sum(amounts), COIN * len(amounts)))
    middle = transfers.median(amounts)
    values.both_quotients("TxTfrValMed", None if middle is None else middle / COIN)
    values.both_quotients("FeeMean", share(fees, COIN * count))
    middle = transfers.median(found.fees)
    values.both_quotients("FeeMed", None if middle is None else middle / COIN)
    values.quotient("FeeByteMeanNtv", share(fees, COIN * size) if count else None)
    values.quotient("FeeWghtMeanNtv", share(fees, COIN * weight) if count else None)
    values.count("TxOpRetCnt", found.with_data)
    values.quotient("TxCntSec", Fraction(count, SECONDS))
    values.quotient("TxMeanByte", share(size, count))
    values.quotient("TxTfrMeanByte", share(size, len(amounts)))
    values.count("BlkSizeByte", size)
    values.count("BlkWghtTot", weight)
    values.quotient("BlkSizeMeanByte", share(size, len(of_day)))
    values.quotient("BlkWghtMean", share(weight, len(of_day)))
    values.quotient("DiffLast", hash_rate.difficulty(of_day[-1]["bits"]) if of_day else None)


def add_market(values: DayValues, day: date, prices: dict[date, Decimal]) -> None:
    """Returns and volatility."""
    values.quotient("PriceBTC", Fraction(1))
    values.quotient("ROI30d", market.percent_return(prices, day, 30))
    values.quotient("ROI1yr", market.percent_return(prices, day, 365))
    for days in (30, 60, 180):
        values.by_id[f"VtyDayRet{days}d"] = market.volatility(prices, day, days)


def add_adjusted(values: DayValues, adjusted: int | None) -> None:
    """Adjusted transfer value, which is not known of the last complete day, and the supply in terms of it."""
    values.amount("TxTfrValAdj", adjusted)
    values.quotient("NVTAdj", share(whole(values, "SplyCur"), adjusted) if adjusted else None)


def add_network_values(days: list[DayValues]) -> None:
    """Market cap in terms of the mean adjusted transfer value of the latest 90 days, which all have to exist."""
    for last, values in enumerate(days):
        window = [day.by_id["TxTfrValAdjUSD"] for day in days[max(0, last - WINDOW + 1) : last + 1]]
        known = [Fraction(value) for value in window if value is not None]
        mean = sum(known, Fraction(0)) / WINDOW if len(known) == WINDOW else None
        cap = values.by_id["CapMrktCurUSD"]
        values.quotient("NVTAdj90", Fraction(cap) / mean if mean and cap is not None else None)
