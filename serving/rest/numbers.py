"""Numbers as answers print them."""

from decimal import Decimal
from functools import lru_cache


@lru_cache(maxsize=4096)
def plain_decimal(number: float) -> str:
    """The shortest decimal that reads back to the same double, without an exponent."""
    text = format(Decimal(repr(number)), "f")
    return text.removesuffix(".0")
