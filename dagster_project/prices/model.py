"""A closing price, and the formats of prices and times."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from dagster_project.errors import SatledgerError

# A supply in satoshi has 16 digits; its product with a price has to fit into the 38 digits of SQL decimals.
MAX_DIGITS = 22

# How Python, pandas and Yahoo Finance write a missing value, in lower case.
MISSING = {"", "none", "nan", "<na>", "null", "nat"}


@dataclass(frozen=True)
class Price:
    """The price of one native unit in USD at the end of ``day`` (UTC), and where it was read."""

    asset: str
    day: date
    text: str
    file: Path | str
    line: int | None = None

    @property
    def origin(self) -> str:
        """Where it was read, for messages."""
        return str(self.file) if self.line is None else f"{self.file}, line {self.line}"


def is_missing(text: str) -> bool:
    """Whether a text means that there is no value."""
    return text.lower() in MISSING


def plain_decimal(text: str) -> str:
    """Return a price as a plain decimal: without exponent, sign and redundant zeros, but with all significant digits.

    Raises:
        ValueError: the text is not a number above 0, or has more than ``MAX_DIGITS`` digits.
    """
    if not re.fullmatch(r"\+?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", text, re.ASCII):
        raise ValueError(f"{text!r} is not a price")
    plain = format(Decimal(text), "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    whole, _, fraction = plain.partition(".")
    whole = whole.lstrip("0") or "0"
    if not (whole + fraction).strip("0"):
        raise ValueError("the price is 0")
    if len(whole.lstrip("0")) + len(fraction) > MAX_DIGITS:
        raise ValueError(f"{text!r} has more than {MAX_DIGITS} digits")
    return f"{whole}.{fraction}" if fraction else whole


def parse_time(text: str) -> date | None:
    """Return the day of an ISO date, or of a timestamp at 00:00 UTC; None if the text is neither."""
    match = re.fullmatch(
        r"(\d{4}-\d{2}-\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?(?:Z| ?UTC| ?\+00(?::?00)?)?)?", text, re.ASCII
    )
    try:
        return date.fromisoformat(match[1]) if match else None
    except ValueError:
        return None


def one_per_day(prices: Iterable[Price]) -> list[Price]:
    """Return one price per asset and day, ordered by both.

    Raises:
        SatledgerError: there are different prices for one asset and day; the message lists all such days.
    """
    kept: dict[tuple[str, date], Price] = {}
    conflicts = []
    for price in prices:
        first = kept.setdefault((price.asset, price.day), price)
        if first.text != price.text:
            conflicts.append(
                f"{price.asset} on {price.day}: {first.text} in {first.origin}, {price.text} in {price.origin}"
            )
    if conflicts:
        raise SatledgerError("The prices contradict each other; keep one of each:\n" + "\n".join(conflicts))
    return [kept[key] for key in sorted(kept)]
