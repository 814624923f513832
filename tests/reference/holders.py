"""Supply distribution (definitions, section 9); balances in satoshi."""

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from .accounts import VIRTUAL

COIN = 100_000_000
ACTIVE_DAYS = 365

BOUNDS = {
    "0": 0,
    "0.001": COIN // 1000,
    "0.01": COIN // 100,
    "0.1": COIN // 10,
    "1": COIN,
    "10": 10 * COIN,
    "100": 100 * COIN,
    "1k": 1_000 * COIN,
    "10k": 10_000 * COIN,
    "100k": 100_000 * COIN,
    "1M": 1_000_000 * COIN,
    "10M": 10_000_000 * COIN,
    "100M": 100_000_000 * COIN,
    "1B": 1_000_000_000 * COIN,
}
THRESHOLDS = ("0.001", "0.01", "0.1", "1", "10", "100", "1k", "10k", "100k", "1M")
_NAMES = list(BOUNDS)
INTERVALS: dict[str, tuple[int, int | None]] = {
    f"{low}_to_{high}": (BOUNDS[low], BOUNDS.get(high)) for low, high in zip(_NAMES, [*_NAMES[1:], "inf"], strict=True)
} | {"10M_to_inf": (BOUNDS["10M"], None)}


@dataclass(frozen=True)
class Distribution:
    """Holders and their combined balances by interval and over each threshold, and in all.

    The two percents are those of the interval's holders, and of their combined balance, in all.
    """

    holders: dict[str, int]
    balance: dict[str, int]
    percent: dict[str, Fraction | None]
    balance_percent: dict[str, Fraction | None]
    holders_over: dict[str, int]
    balance_over: dict[str, int]
    holders_total: int
    balance_total: int


def holder_balances(balances: dict[str, int]) -> dict[str, int]:
    """Balances of the user accounts that hold something."""
    return {account: value for account, value in balances.items() if value > 0 and account not in VIRTUAL}


def active_only(holding: dict[str, int], last_change: dict[str, date], day: date) -> dict[str, int]:
    """Return the holders with a ledger entry dated day-364 to day."""
    first = day - timedelta(days=ACTIVE_DAYS - 1)
    return {account: value for account, value in holding.items() if last_change[account] >= first}


def distribution(holding: dict[str, int], all_holders: int, all_balances: int) -> Distribution:
    """Distribute holders over intervals [lower, upper) and thresholds (strictly greater).

    all_holders and all_balances are number and combined balance of all holders, active or not; where they are 0 no
    percentage exists.
    """
    values = list(holding.values())
    within = {
        name: [value for value in values if low <= value and (high is None or value < high)]
        for name, (low, high) in INTERVALS.items()
    }
    over = {name: [value for value in values if value > BOUNDS[name]] for name in THRESHOLDS}
    return Distribution(
        holders={name: len(found) for name, found in within.items()},
        balance={name: sum(found) for name, found in within.items()},
        percent={name: Fraction(100 * len(v), all_holders) if all_holders else None for name, v in within.items()},
        balance_percent={
            name: Fraction(100 * sum(v), all_balances) if all_balances else None for name, v in within.items()
        },
        holders_over={name: len(found) for name, found in over.items()},
        balance_over={name: sum(found) for name, found in over.items()},
        holders_total=len(values),
        balance_total=sum(values),
    )
