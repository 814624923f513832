"""The prices in the lake: an input table of the USD metrics."""

from collections.abc import Sequence
from pathlib import Path

from dagster_project.inputs.lake_table import write_json, write_table
from dagster_project.prices.model import Price

COLUMNS = {"asset": "VARCHAR", "day": "DATE", "price_text": "VARCHAR"}


def write_prices(lake: Path, prices: Sequence[Price]) -> str:
    """Write ``prices/prices.parquet`` and its manifest, and return the fingerprint of the content.

    Args:
        lake: root of the lake.
        prices: one price per asset and day, ordered by both; may be empty.
    """
    rows = ((price.asset, price.day.isoformat(), price.text) for price in prices)
    folder = lake / "prices"
    fingerprint = write_table(folder / "prices.parquet", COLUMNS, rows)
    write_json(folder / "manifest.json", {"fingerprint": fingerprint, "prices": len(prices)})
    return fingerprint
