"""Series of age, cost and activity under the ids of Santiment (definitions, part 2, section 4)."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from .activity import share, whole
from .coins import Coin
from .cost_basis import YEAR, Prices, cost_of, exact, ratio, value_of, values_by_day
from .holders import COIN
from .values import Count, DayValues

NO_END = 10**9

WITHIN = {
    "1d": 1, "7d": 7, "30d": 30, "60d": 60, "90d": 90, "180d": 180, "365d": YEAR, "2y": 2 * YEAR, "3y": 3 * YEAR,
    "5y": 5 * YEAR, "10y": 10 * YEAR,
}  # fmt: skip
WITH_MEAN_AGE = ("90d", "180d", "365d", "2y", "3y", "5y")
DEFAULT_DAYS = 20 * YEAR
DORMANT = {
    "90d": 90, "180d": 180, "365d": YEAR, "2y": 2 * YEAR, "3y": 3 * YEAR, "5y": 5 * YEAR, "7y": 7 * YEAR,
    "8y": 8 * YEAR, "9y": 9 * YEAR, "10y": 10 * YEAR,
}  # fmt: skip
BOUNDS = {"0d": 0, **WITHIN, "7y": 7 * YEAR, "20y": DEFAULT_DAYS, "inf": NO_END}
WAVES = (
    "0d_to_1d", "1d_to_7d", "7d_to_30d", "30d_to_60d", "60d_to_90d", "90d_to_180d", "180d_to_365d", "365d_to_2y",
    "2y_to_3y", "3y_to_5y", "5y_to_10y", "10y_to_20y",
)  # fmt: skip
WHALES = {"100k_usd_to_inf": 100_000, "1m_usd_to_inf": 1_000_000}
SPENT_BANDS = (*WAVES[:-2], "5y_to_7y", "7y_to_10y", "10y_to_inf")


def bounds(band: str) -> tuple[int, int]:
    """Return the age that a band begins with, and the one that it ends before."""
    lower, upper = band.split("_to_")
    return BOUNDS[lower], BOUNDS[upper]


def add_unspent(values: DayValues, day: date, unspent: Sequence[Coin], prices: Prices) -> None:
    """Add what is unspent at a day's end, by how long ago it was created."""
    held = values_by_day(unspent)
    ages = {created: (day - created).days for created in held}
    price = prices.on(day)
    for name, days in {"": DEFAULT_DAYS, **WITHIN}.items():
        ending = f"_{name}" if name else ""
        recent = {created: value for created, value in held.items() if ages[created] < days}
        value, cost = sum(recent.values()), cost_of(recent, prices)
        values.native(f"circulation{ending}", value)
        values.quotient(f"realized_value_usd{ending}", cost)
        worth = None if price is None else price * value / COIN
        values.quotient(f"mvrv_usd{ending}", ratio(worth, cost))
        values.quotient(f"mean_realized_price_usd{ending}", ratio(cost, Fraction(value, COIN)))
        # without a bound mean ages are those of all there is
        of_age = recent if name else held
        weighted = {created: value * ages[created] for created, value in of_age.items()}
        if not name or name in WITH_MEAN_AGE:
            values.quotient(f"mean_age{ending}", share(sum(weighted.values()), sum(of_age.values())))
        dollar_age = ratio(cost_of(weighted, prices), cost_of(of_age, prices))
        values.quotient(f"mean_dollar_invested_age{ending}", dollar_age)
    realized = cost_of({created: value for created, value in held.items() if ages[created] < DEFAULT_DAYS}, prices)
    for band in WAVES:
        lower, upper = bounds(band)
        of_band = {created: value for created, value in held.items() if lower <= ages[created] < upper}
        values.quotient(f"realized_cap_hodl_waves_{band}", ratio(cost_of(of_band, prices), realized))
    gained = None
    if price is not None:
        gained = sum(value for created, value in held.items() if prices.when_created(created) < price)
    values.native("total_supply_in_profit", gained)
    percent = None if gained is None else share(100 * gained, whole(values, "SplyCur"))
    values.quotient("percent_of_total_supply_in_profit", percent)


def add_spent(values: DayValues, day: date, coins: Sequence[Coin], prices: Prices) -> None:
    """Add what was spent on a day, by age and by what it had cost."""
    spent = [coin for coin in coins if coin.spent_on == day]
    price = prices.on(day)
    for name, days in DORMANT.items():
        values.native(f"dormant_circulation_{name}", value_of(c for c in spent if c.age_when_spent > days))
    for band in SPENT_BANDS:
        lower, upper = bounds(band)
        value = value_of(coin for coin in spent if lower <= coin.age_when_spent < upper)
        values.native(f"spent_coins_age_band_{band}", value)
        values.quotient(f"percent_of_spent_coins_age_band_{band}", share(100 * value, value_of(spent)))
    ids = ("network_profit_loss", "transaction_volume_in_profit", "transaction_volume_in_loss",
           "transaction_volume_profit_loss_ratio")  # fmt: skip
    if price is None:
        values.by_id.update(dict.fromkeys(ids))
        return
    values.quotient("network_profit_loss", price * value_of(spent) / COIN - cost_of(values_by_day(spent), prices))
    profit = value_of(coin for coin in spent if prices.when_created(coin.created_on) < price)
    loss = value_of(coin for coin in spent if prices.when_created(coin.created_on) > price)
    values.native("transaction_volume_in_profit", profit)
    values.native("transaction_volume_in_loss", loss)
    values.quotient("transaction_volume_profit_loss_ratio", share(profit, loss))


def add_large(values: DayValues, moved: Sequence[int]) -> None:
    """Add the transactions that move more than some dollars, by what each transaction of the day moves."""
    price = values.price
    for name, dollars in WHALES.items():
        large = None if price is None else [value for value in moved if price * value > dollars * COIN]
        values.by_id[f"whale_transaction_count_{name}"] = None if large is None else Count(len(large))
        values.usd_of(f"whale_transaction_volume_{name}", None if large is None else sum(large))


def add_ratios(values: DayValues) -> None:
    """Add ratios of a day's other values."""
    moved, recent = exact(values.by_id["TxTfrValNtv"]), exact(values.by_id["circulation_1d"])
    supply, on_exchanges = exact(values.by_id["SplyCur"]), values.by_id["SplyExNtv"]
    values.quotient("velocity", ratio(moved, recent))
    values.quotient("nvt", ratio(supply, recent))
    values.quotient("nvt_transaction_volume", ratio(supply, moved))
    outside = None if on_exchanges is None else whole(values, "SplyCur") - int(on_exchanges)
    values.native("supply_outside_exchanges", outside)
    percent = None if on_exchanges is None else ratio(100 * Fraction(on_exchanges), supply)
    values.quotient("percent_of_total_supply_on_exchanges", percent)
