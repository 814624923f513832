"""A row of the metric catalogue, and what its families share."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from dagster_project.settings import SEEDS

LEDGER_ASSET = "btc"
UNIT_NAMES = {"Ntv": "Native units", "USD": "USD"}
VALUE_TYPES = {"Ntv": "native", "USD": "usd"}
USD_NOTE = "Native value times PriceUSD of the day, unrounded; null where the day has no price."


@dataclass(frozen=True)
class Metric:
    """One row of the catalogue; the seed ``metric_catalog`` describes the fields."""

    id: str
    name: str
    description: str
    unit: str
    type: str
    category: str
    subcategory: str
    interval: str = "1 day"
    asset_scope: str = LEDGER_ASSET
    source_model: str = ""
    value_type: str = ""
    alias_of: str = ""
    default_aggregation: str = ""
    exchange: str = ""


# How daily values become one for a longer interval where nothing better is known than what a value is of its own day.
AGGREGATIONS_BY_TYPE = {"Sum": "SUM", "Mean": "AVG", "Ratio": "AVG", "": "LAST"}


def with_aggregation(metric: Metric) -> Metric:
    """Return the metric with a default aggregation: its family's if that has one, else the one of its type."""
    aggregation = metric.default_aggregation or AGGREGATIONS_BY_TYPE[metric.type]
    return replace(metric, default_aggregation=aggregation)


def _column(path: Path, name: str) -> list[str]:
    with path.open(newline="", encoding="utf-8") as file:
        return [row[name] for row in csv.DictReader(file)]


def all_assets() -> str:
    """Return the ids of all assets of the hash rate family, as an asset scope."""
    return " ".join(_column(SEEDS / "assets.csv", "asset"))


def exchange_names() -> dict[str, str]:
    """Return exchange names by code, in the order of the seed."""
    path = SEEDS / "exchanges.csv"
    return dict(zip(_column(path, "code"), _column(path, "name"), strict=True))


def in_both_units(metric: Metric) -> Iterator[Metric]:
    """Yield two metrics, in native units and in USD, from one whose id and name have no unit."""
    for suffix, unit in UNIT_NAMES.items():
        label = unit if suffix == "USD" else unit.lower()
        yield replace(
            metric,
            id=metric.id + suffix,
            name=f"{metric.name} ({label})",
            description=metric.description if suffix == "Ntv" else f"{metric.description} {USD_NOTE}",
            unit=unit,
            value_type=VALUE_TYPES[suffix],
        )
