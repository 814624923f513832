"""Invented daily closing prices of all assets for the sample chain, with a few gaps."""

import csv
from pathlib import Path

from dagster_project.sample.generate import SampleChain

# Price of each asset at the start, in USD.
FIRST_PRICES = {
    "bch": 400.0,
    "bsv": 120.0,
    "btc": 30_000.0,
    "btg": 35.0,
    "dash": 130.0,
    "etc": 30.0,
    "eth": 3_000.0,
    "ltc": 140.0,
    "vtc": 0.5,
    "xmr": 220.0,
    "zec": 140.0,
}
SWING = 0.06  # how far a price moves on a day, at most
# Shares of the days after which a close is missing. That of btc comes early: a Puell multiple needs the 365 days before
# it whole, and there are 450.
GAPS = {"btc": (0.1,), "xmr": (0.2, 0.7)}


def write_prices(path: Path, chain: SampleChain) -> None:
    """Write the price file of the sample chain (asset, time, PriceUSD)."""
    days = chain.plan.days + 1
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("asset", "time", "PriceUSD"))
        for stream, (asset, price) in enumerate(FIRST_PRICES.items()):
            missing = {int(share * chain.plan.days) for share in GAPS.get(asset, ())}
            moves = 1.0 + (chain.plan.random(3, stream).random((days, 3)).mean(axis=1) - 0.498) * SWING
            for day, move in enumerate(moves.tolist()):
                price *= move
                if day not in missing:
                    writer.writerow((asset, chain.date(day).isoformat(), f"{price:.8f}"))
