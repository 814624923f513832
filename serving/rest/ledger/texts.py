"""How numbers of the ledger are written: as text, amounts in native units without zeros at their end."""

_UNIT = 10**8


def amount(satoshi: int) -> str:
    """An amount in BTC, exact."""
    whole, rest = divmod(abs(satoshi), _UNIT)
    text = f"{whole}.{rest:08d}".rstrip("0").rstrip(".")
    return f"-{text}" if satoshi < 0 else text


def known(fields: dict[str, object]) -> dict[str, object]:
    """The fields that have a value; the others are left out, as the vendor does."""
    return {name: value for name, value in fields.items() if value is not None}
