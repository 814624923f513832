"""Age and cost basis (definitions, part 2, section 3): what is unspent, what was spent, and ratios of both."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import accumulate
from math import lcm

from .activity import share, whole
from .coins import Coin
from .holders import COIN
from .transfers import median
from .values import DayValues, Value

YEAR = 365
QUARTER = 90
NO_END = 10**9
DIGITS = 50

PERIODS = {
    "1d": 1, "7d": 7, "30d": 30, "90d": 90, "180d": 180, "1yr": YEAR, "2yr": 2 * YEAR, "3yr": 3 * YEAR, "4yr": 4 * YEAR,
    "5yr": 5 * YEAR, "10yr": 10 * YEAR,
}  # fmt: skip
REVIVED = ("7d", "30d", "90d", "180d", "1yr", "2yr", "3yr", "4yr", "5yr")
BANDS = {
    "1d": (0, 0), "1w": (1, 6), "1m": (7, 29), "3m": (30, 89), "6m": (90, 179), "1y": (180, 364), "2y": (365, 729),
    "3y": (730, 1094), "4y": (1095, 1459), "5y": (1460, 1824), "7y": (1825, 2554), "10y": (2555, 3649),
    "10yPlus": (3650, NO_END),
}  # fmt: skip
LONG_TERM = {"30d": 30, "90d": 90, "155d": 155, "1y": YEAR, "5y": 5 * YEAR}


class Prices:
    """Closing prices in USD; what was created on a day without one cost nothing."""

    def __init__(self, by_day: dict[date, Decimal]) -> None:
        self._by_day = {day: Fraction(price) for day, price in by_day.items()}
        # Sums are of integers: fractions take twenty times as long.
        self._unit = lcm(*(price.denominator for price in self._by_day.values()))
        self._units = {day: int(price * self._unit) for day, price in self._by_day.items()}

    def on(self, day: date) -> Fraction | None:
        """Return the price of a day, None where there is none."""
        return self._by_day.get(day)

    def when_created(self, day: date) -> Fraction:
        """Return the price of a day that created coins, 0 where there is none."""
        return self._by_day.get(day, Fraction(0))

    def total(self, amounts: Iterable[tuple[date, int]]) -> Fraction:
        """Return the sum of amounts, each times the price of the day that created it."""
        return Fraction(sum(self._units.get(day, 0) * amount for day, amount in amounts), self._unit)


def value_of(coins: Iterable[Coin]) -> int:
    """Return the sum of some coins in satoshi."""
    return sum(coin.value for coin in coins)


def values_by_day(coins: Iterable[Coin]) -> dict[date, int]:
    """Return the sum of some coins in satoshi by the day that created them."""
    found: Counter[date] = Counter()
    for coin in coins:
        found[coin.created_on] += coin.value
    return found


def cost_of(by_day: dict[date, int], prices: Prices) -> Fraction:
    """Return what coins cost when they were created, in USD."""
    return prices.total(by_day.items()) / COIN


def add_unspent(values: DayValues, day: date, unspent: Sequence[Coin], prices: Prices) -> None:
    """Add what is unspent at a day's end: active supply, realized cap, ages, profit and loss."""
    for name, days in PERIODS.items():
        moved = [coin for coin in unspent if not coin.from_coinbase and coin.age(day) < days]
        values.native(f"SplyAct{name}", value_of(moved))
    values.native("SplyActEver", value_of(coin for coin in unspent if not coin.from_coinbase))
    active = whole(values, "SplyAct1yr")
    values.usd_of("CapAct1yrUSD", active)
    percent = share(100 * active, whole(values, "SplyCur"))
    values.quotient("SplyActPct1yr", percent)
    held = values_by_day(unspent)
    values.quotient("CapRealUSD", cost_of(held, prices))
    for name, (youngest, oldest) in BANDS.items():
        of_band = {created: value for created, value in held.items() if youngest <= (day - created).days <= oldest}
        values.quotient(f"CapRealUSD{name}", cost_of(of_band, prices))
    ages = [coin.age(day) for coin in unspent]
    values.count("UTXOCnt", len(unspent))
    values.count("UTXODay", sum(ages))
    values.quotient("UTXOAgeMean", share(sum(ages), len(ages)))
    weighted = sum(coin.age(day) * coin.value for coin in unspent)
    values.quotient("UTXOAgeValMean", share(weighted, value_of(unspent)))
    middle = median(ages)
    if middle is None:
        values.by_id["UTXOAgeMed"] = None
    else:
        values.count("UTXOAgeMed", int(middle))
    add_profit(values, day, unspent, prices)


def add_profit(values: DayValues, day: date, unspent: Sequence[Coin], prices: Prices) -> None:
    """Add what is worth as much as it cost, or more, and what is worth less; null where the day has no price."""
    price = prices.on(day)
    ids = ("UTXOProfCnt", "UTXOLossCnt", "SplyUTXOProf", "SplyUTXOLoss", "UTXOProfUnrealUSD", "UTXOLossUnrealUSD")
    if price is None:
        values.by_id.update(dict.fromkeys(ids))
        return
    gained = {created for created in {coin.created_on for coin in unspent} if prices.when_created(created) <= price}
    profit = [coin for coin in unspent if coin.created_on in gained]
    loss = [coin for coin in unspent if coin.created_on not in gained]
    for name, some in (("Prof", profit), ("Loss", loss)):
        values.count(f"UTXO{name}Cnt", len(some))
        values.native(f"SplyUTXO{name}", value_of(some))
        held = values_by_day(some)
        values.quotient(f"UTXO{name}UnrealUSD", abs(price * sum(held.values()) / COIN - cost_of(held, prices)))


def profit_ratio(spent: Sequence[Coin], price: Fraction | None, prices: Prices, by_value: bool) -> Fraction | None:
    """Return what spent coins are worth through what they cost, each coin counted once or by its value."""
    weights = [coin.value if by_value else 1 for coin in spent]
    cost = prices.total((coin.created_on, weight) for weight, coin in zip(weights, spent, strict=True))
    return None if price is None or cost == 0 else price * sum(weights) / cost


def add_spent(values: DayValues, day: date, coins: Sequence[Coin], prices: Prices) -> None:
    """Add what was spent on a day: revived supply, days destroyed, profit ratios."""
    spent = [coin for coin in coins if coin.spent_on == day]
    for name in REVIVED:
        revived = [coin for coin in spent if coin.age_when_spent >= PERIODS[name]]
        values.native(f"SplyRvv{name}", value_of(revived))
    destroyed = sum(coin.value * coin.age_when_spent for coin in spent)
    values.native("TxTfrValDayDst", destroyed)
    values.quotient("TxTfrValDayDstMean", share(destroyed, COIN * whole(values, "TxCnt")))
    cohorts = {("", ""): spent}
    for name, days in LONG_TERM.items():
        cohorts["Lth", name] = [coin for coin in spent if coin.age_when_spent > days]
        cohorts["Sth", name] = [coin for coin in spent if coin.age_when_spent <= days]
    price = prices.on(day)
    for (who, name), some in cohorts.items():
        values.quotient(f"SOPR{who}{name}", profit_ratio(some, price, prices, by_value=True))
        values.quotient(f"SOPR{who}Out{name}", profit_ratio(some, price, prices, by_value=False))


def exact(value: Value) -> Fraction | None:
    """Return a value as a fraction."""
    return None if value is None else Fraction(value)


def ratio(part: Fraction | None, of: Fraction | None) -> Fraction | None:
    """Return a quotient, null where the divisor is 0 or a part is missing."""
    return None if part is None or not of else part / of


def total(*parts: Fraction | None) -> Fraction | None:
    """Return a sum, null where a part is missing."""
    known = [part for part in parts if part is not None]
    return sum(known, Fraction(0)) if len(known) == len(parts) else None


class Deviation:
    """The sample standard deviation of the values so far, null of fewer than two."""

    def __init__(self) -> None:
        self._count = 0
        self._sum = Fraction(0)
        self._squares = Fraction(0)

    def add(self, value: Fraction) -> None:
        """Take one more value."""
        self._count += 1
        self._sum += value
        self._squares += value**2

    def value(self) -> Fraction | None:
        """Return it with 50 digits."""
        if self._count < 2:
            return None
        variance = (self._squares - self._sum**2 / self._count) / (self._count - 1)
        with localcontext() as context:
            context.prec = DIGITS
            return Fraction((Decimal(variance.numerator) / Decimal(variance.denominator)).sqrt())


def totals(days: Sequence[DayValues], metric: str, size: int) -> list[Fraction | None]:
    """Return for each day a metric's sum over the latest days, null where one of them has no value."""
    known = [exact(day.by_id[metric]) for day in days]
    sums = list(accumulate((value or Fraction(0) for value in known), initial=Fraction(0)))
    missing = list(accumulate((value is None for value in known), initial=0))
    starts = [max(0, end - size) for end in range(1, len(days) + 1)]
    return [
        None if missing[end] > missing[start] else sums[end] - sums[start] for end, start in enumerate(starts, start=1)
    ]


def add_ratios(days: list[DayValues], realized_caps: Sequence[Fraction]) -> None:
    """Add what compares a day's values with each other and with those of the days before, in calendar order.

    Args:
        days: all days' values.
        realized_caps: what all that is unspent at each day's end had cost, in USD.

    """
    caps = Deviation()
    sources = {"Cont": "IssContUSD", "Tot": "IssTotUSD", "Rev": "RevUSD"}
    revenues = {name: totals(days, source, YEAR) for name, source in sources.items()}
    moved_in_year = totals(days, "TxTfrValNtv", YEAR)
    adjusted_in_year = totals(days, "TxTfrValAdjNtv", YEAR)
    transfers_in_quarter = totals(days, "TxTfrValAdjUSD", QUARTER)
    for last, (values, realized) in enumerate(zip(days, realized_caps, strict=True)):
        cap = exact(values.by_id["CapMrktCurUSD"])
        thermo = exact(values.by_id["RevAllTimeUSD"])
        unrealized = None if cap is None else cap - realized
        if cap is not None:
            caps.add(cap)
        values.quotient("CapMVRVCur", ratio(cap, realized))
        values.quotient("CapMVRVZ", ratio(unrealized, caps.value()))
        values.quotient("NUPL", ratio(unrealized, cap))
        values.quotient("RCTC", ratio(realized, thermo))
        miners = total(*(exact(values.by_id[f"SplyMiner{hop}HopAllUSD"]) for hop in range(2)))
        values.quotient("MCRC", ratio(miners, realized))
        values.quotient("MCTC", ratio(miners, thermo))
        for name, source in sources.items():
            summed = revenues[name][last] if last + 1 >= YEAR else None
            mean = None if summed is None else summed / YEAR
            values.quotient(f"PuellMul{name}", ratio(exact(values.by_id[source]), mean))
        moved, adjusted = moved_in_year[last], adjusted_in_year[last]
        values.quotient("VelCur1yr", ratio(moved, exact(values.by_id["SplyCur"])))
        values.quotient("VelAct1yr", ratio(moved, exact(values.by_id["SplyAct1yr"])))
        values.quotient("VelCurAdj1yr", ratio(adjusted, exact(values.by_id["SplyCur"])))
        values.quotient("VelActAdj1yr", ratio(adjusted, exact(values.by_id["SplyAct1yr"])))
        values.quotient("RVTAdj", ratio(realized, exact(values.by_id["TxTfrValAdjUSD"])))
        transfers = transfers_in_quarter[last] if last + 1 >= QUARTER else None
        values.quotient("RVTAdj90", ratio(realized, None if transfers is None else transfers / QUARTER))
