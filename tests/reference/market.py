"""What prices and supplies say (definitions, part 2, section 1).

Prices are taken as the nearest doubles, as everybody computes with them; all else is exact, or has 50 digits.
"""

from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise

from .parameters import ChainParameters

ONE_DAY = timedelta(days=1)
TEN_YEARS = 10 * 365 * 144
DIGITS = 50


def percent_return(prices: dict[date, Decimal], day: date, days: int) -> Fraction | None:
    """Return 100 x (P(D) / P(D-n) - 1), null where one of the prices is missing."""
    now, before = prices.get(day), prices.get(day - timedelta(days=days))
    return None if now is None or before is None else 100 * (Fraction(float(now)) / Fraction(float(before)) - 1)


def volatility(prices: dict[date, Decimal], day: date, days: int) -> float | None:
    """Return the sample standard deviation of the latest daily log returns, null unless all prices exist."""
    window = [prices.get(day - offset * ONE_DAY) for offset in range(days, -1, -1)]
    known = [Decimal(float(price)) for price in window if price is not None]
    if len(known) < len(window):
        return None
    with localcontext() as context:
        context.prec = DIGITS
        returns = [later.ln() - earlier.ln() for earlier, later in pairwise(known)]
        mean = sum(returns, Decimal(0)) / days
        return float((sum(((each - mean) ** 2 for each in returns), Decimal(0)) / (days - 1)).sqrt())


def scheduled_supply(blocks: int, chain: ChainParameters) -> int:
    """Return the subsidies that the schedule grants to the first blocks, block 0 included, in satoshi."""
    granted = 0
    for first in range(0, blocks, chain.halving_interval):
        granted += min(chain.halving_interval, blocks - first) * chain.subsidy(first)
        if chain.subsidy(first) == 0:
            break
    return granted
