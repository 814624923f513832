"""Entries of the catalogues and of the reference data."""

from collections.abc import Iterable
from typing import Any

from serving.catalog import DAILY, PER_BLOCK, Asset, Catalog, Metric
from serving.instants import iso

Entry = dict[str, Any]

_TYPES = {"Sum": "Sum", "Mean": "Mean", "Ratio": "Ratio"}


def metric_reference(metric: Metric, catalog: Catalog) -> Entry:
    """What is known of a metric itself."""
    labelled = catalog.labelled(metric)
    return {
        "metric": metric.id,
        "full_name": metric.name,
        "description": f"{metric.description} Here: {labelled}." if labelled else metric.description,
        "product": "Network Data",
        "category": metric.category,
        "subcategory": metric.subcategory,
        "unit": metric.unit,
        "data_type": "bigint" if metric.value_type == "count" else "decimal",
        "type": _TYPES.get(metric.type or "", "NA"),
        "reviewable": metric.reviewable,
        "display_name": metric.name,
    }


def asset_reference(asset: Asset) -> Entry:
    """What is known of an asset itself."""
    return {"asset": asset.id, "full_name": asset.name}


def catalog_entry(asset: str, metrics: Iterable[str], catalog: Catalog) -> Entry:
    """An asset with the metrics that it has values of, and from when to when."""
    entries = [{"metric": metric, "frequencies": frequencies(asset, metric, catalog)} for metric in metrics]
    return {"asset": asset, "metrics": [entry for entry in entries if entry["frequencies"]]}


def frequencies(asset: str, metric: str, catalog: Catalog) -> list[Entry]:
    """The frequencies of a metric of an asset, each with the range of its values."""
    found: list[Entry] = []
    if catalog.supports(asset, metric, PER_BLOCK):
        blocks = catalog.blocks[asset]
        found.append(
            {
                "frequency": PER_BLOCK,
                "min_time": iso(blocks.first_time),
                "max_time": iso(blocks.last_time),
                "min_height": str(blocks.first_height),
                "max_height": str(blocks.last_height),
                "min_hash": blocks.first_hash,
                "max_hash": blocks.last_hash,
                "community": True,
            }
        )
    if catalog.supports(asset, metric, DAILY):
        days = catalog.ranges[asset, metric]
        found.append({"frequency": DAILY, "min_time": iso(days.first), "max_time": iso(days.last), "community": True})
    return found


def legacy_metric(metric: Metric, catalog: Catalog) -> Entry:
    """A metric with the assets that have it, by frequency."""
    assets = {DAILY: catalog.by_metric.get(metric.id, [])}
    if metric.per_block:
        assets[PER_BLOCK] = sorted(catalog.blocks)
    listed = [{"frequency": frequency, "assets": names} for frequency, names in sorted(assets.items()) if names]
    return {**metric_reference(metric, catalog), "frequencies": listed}
