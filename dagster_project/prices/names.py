"""Find the asset from the name of a price file or a symbol: btc, BTC-USD, btcusd, btc-usd-max (1)."""

import re
from collections.abc import Collection

from dagster_project.labels.model import Exchanges

DOLLAR = "usd"

# Words in file names of exports besides the asset and the currency.
NOISE = {"max", "d", "1d", "day", "days", "daily", "copy", "price", "prices", "close", "history", "historical", "data"}

# Quote currencies besides the dollar.
OTHER_CURRENCIES = {
    "aud", "brl", "busd", "cad", "chf", "cny", "dai", "eur", "fdusd", "gbp", "inr", "jpy", "krw", "rub", "try", "tusd",
    "usdc", "usdt",
}  # fmt: skip


NO_ASSET = "no asset of satledger"


class UnknownAssetError(ValueError):
    """A name is not that of an asset with prices in USD; the message is the reason."""


def asset_of(name: str, assets: Collection[str], exchanges: Exchanges) -> str:
    """Return the id of the asset that a name stands for, quoted in USD.

    Args:
        name: a file's name without its ending, or a symbol such as ``BTC/USD``.
        assets: ids of the assets.
        exchanges: the known exchanges; the pair may follow the name of one, as in ``Bitstamp_BTCUSD_d``.

    Raises:
        UnknownAssetError: the name is not that of an asset, or the quote is not in USD.
    """
    words = [word for word in re.split(r"[^a-z0-9]+", name.lower()) if word and not word.isdecimal()]
    kept = [word for word in words if word not in NOISE] or words
    if len(kept) > 1 and kept[0] not in assets and exchanges.code_of(kept[0]):
        kept = kept[1:]
    asset, quote = _pair(kept, assets)
    if asset is None:
        raise UnknownAssetError(f"{NO_ASSET}: {name.strip().lower() or 'no name'}")
    if quote in ("", DOLLAR):
        return asset
    if quote in OTHER_CURRENCIES or quote in assets:
        raise UnknownAssetError(f"a price in {quote.upper()}, not in USD: {name}")
    raise UnknownAssetError(f"named for more than {asset} in USD: {name} (rename it {asset} if it is that)")


def _pair(words: list[str], assets: Collection[str]) -> tuple[str | None, str]:
    """Return the asset at the start of the words, or None, and the rest of the words."""
    if not words:
        return None, ""
    first, rest = words[0], " ".join(words[1:])
    if first in assets:
        return first, rest
    currencies = {DOLLAR, *OTHER_CURRENCIES, *assets}
    for asset in assets:
        if first.startswith(asset) and first[len(asset) :] in currencies:
            return asset, f"{first[len(asset) :]} {rest}".strip()
    return None, ""
