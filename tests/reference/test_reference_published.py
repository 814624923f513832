"""Formulas against the published sample of btc: what follows from published inputs alone is what was published."""

import csv
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from .cost_basis import ratio
from .market import percent_return

Day = dict[str, Fraction]
ROUNDED_BY_STEPS_FROM = date(2019, 6, 1)


@pytest.fixture(scope="module")
def published(shared: Path) -> dict[date, dict[str, str]]:
    """Every published value by day and metric, as printed."""
    days: dict[date, dict[str, str]] = {}
    with (shared / "data/reference/published_btc_sample.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            days.setdefault(date.fromisoformat(row["date"]), {})[row["metric"]] = row["value"]
    return days


def agrees(value: Fraction, text: str) -> bool:
    """Whether a value is the published one, as far as that was printed; all inputs are doubles."""
    printed = Decimal(text)
    exponent = printed.as_tuple().exponent
    assert isinstance(exponent, int)
    half = Fraction(Decimal(1).scaleb(exponent)) / 2
    return abs(value - Fraction(printed)) <= half + abs(Fraction(printed)) / 10**12


FORMULAS: dict[str, tuple[int, Callable[[Day], Fraction | None]]] = {
    "CapMrktCurUSD": (46, lambda day: day["SplyCur"] * day["PriceUSD"]),
    "CapMVRVCur": (46, lambda day: ratio(day["CapMrktCurUSD"], day["CapRealUSD"])),
    "NVTAdj": (53, lambda day: ratio(day["SplyCur"], day["TxTfrValAdjNtv"])),
}


def test_formulas_on_published_values(published: dict[date, dict[str, str]], subtests: pytest.Subtests) -> None:
    for metric, (count, formula) in FORMULAS.items():
        with subtests.test(metric):
            days = [day for day, values in published.items() if metric in values]
            found = {day: formula({name: Fraction(text) for name, text in published[day].items()}) for day in days}
            assert len(days) == count
            assert {day: value for day, value in found.items() if value is None} == {}
            assert [
                day for day, value in found.items() if value is not None and not agrees(value, published[day][metric])
            ] == []
    with subtests.test("IssContPctAnn"):
        assert_issuance_rates(published)
    with subtests.test("returns"):
        assert_returns(published)


def assert_issuance_rates(published: dict[date, dict[str, str]]) -> None:
    """From June 2019 on the vendor rounds the daily rate first, to 6 decimals."""
    wrong = []
    for day, values in published.items():
        if "IssContPctAnn" not in values:
            continue
        daily = 100 * Fraction(values["IssContNtv"]) / Fraction(values["SplyCur"])
        rate = 365 * (daily if day < ROUNDED_BY_STEPS_FROM else Fraction(round(daily, 6)))
        wrong += [] if agrees(rate, values["IssContPctAnn"]) else [day]
    assert wrong == []


def assert_returns(published: dict[date, dict[str, str]]) -> None:
    prices = {day: Decimal(values["PriceUSD"]) for day, values in published.items() if "PriceUSD" in values}
    compared = 0
    for day, values in published.items():
        for metric, days in (("ROI30d", 30), ("ROI1yr", 365)):
            found = percent_return(prices, day, days)
            if found is not None:
                compared += 1
                assert agrees(found, values[metric]), (day, metric, float(found))
    assert compared == 5


def test_realized_cap_of_the_first_day_with_a_price(published: dict[date, dict[str, str]]) -> None:
    """Nothing had a price before: what was created on that day cost that day's price, and all else nothing."""
    first = min(day for day, values in published.items() if "PriceUSD" in values)
    realized, price = (Fraction(published[first][metric]) for metric in ("CapRealUSD", "PriceUSD"))
    assert all(Fraction(values["CapRealUSD"]) == 0 for day, values in published.items() if day < first)
    assert round(realized / price, 2) == Fraction("23608.87")
