"""The prices in the lake: an input table of the USD metrics."""

from collections.abc import Sequence
from pathlib import Path

from dagster_project.inputs.lake_table import write_table
from dagster_project.inputs.records import write_manifest
from dagster_project.prices.model import Price

PRICES = "prices/prices.parquet"  # below the lake
COLUMNS = {"asset": "VARCHAR", "day": "DATE", "price_text": "VARCHAR"}


def write_prices(lake: Path, prices: Sequence[Price]) -> str:
    """Write ``prices/prices.parquet`` and its manifest, and return the fingerprint of the content.

    Args:
        lake: root of the lake.
        prices: one price per asset and day, ordered by both; may be empty.
    """
    rows = ((price.asset, price.day.isoformat(), price.text) for price in prices)
    table = lake / PRICES
    fingerprint = write_table(table, COLUMNS, rows)
    write_manifest(table, {"fingerprint": fingerprint, "prices": len(prices)})
    return fingerprint
