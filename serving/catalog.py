"""What is served: metrics, assets, and the range of days with values for each metric of an asset."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import duckdb

from dagster_project.settings import SEEDS

DAILY, PER_BLOCK = "1d", "1b"


@dataclass(frozen=True)
class Metric:
    """A row of ``metric_catalog``, which documents the columns."""

    id: str
    name: str
    description: str
    unit: str
    type: str | None
    category: str
    subcategory: str
    source_model: str
    value_type: str
    alias_of: str | None
    default_aggregation: str
    exchange: str | None = None
    reviewable: bool = False
    days_ahead: int = 0
    per_block: str | None = None


@dataclass(frozen=True)
class Asset:
    """An asset; the slug is its name in the GraphQL interface."""

    id: str
    name: str

    @property
    def slug(self) -> str:
        """The name in lower case with hyphens, such as ``bitcoin-cash``."""
        return self.name.lower().replace(" ", "-")


@dataclass(frozen=True)
class Range:
    """First and last day on which a metric of an asset has a value."""

    first: date
    last: date


@dataclass(frozen=True)
class BlockRange:
    """First and last block of an asset that has metrics per block, and how far the copy reaches."""

    first_height: int
    first_hash: str
    first_time: datetime
    last_height: int
    last_hash: str
    last_time: datetime


# Coin Metrics' default for bitcoin: a block is served once two more blocks follow it.
DEFAULT_CONFIRMATIONS = 2


class Catalog:
    """The catalogue of one version of the published copy."""

    def __init__(
        self,
        metrics: Mapping[str, Metric],
        ranges: Mapping[tuple[str, str], Range],
        blocks: Mapping[str, BlockRange],
        gaps: Mapping[tuple[str, str], str],
        labels: Mapping[str, int],
        exchanges: Mapping[str, str],
    ) -> None:
        """Take what `load_catalog` reads.

        Args:
            metrics: the metrics by id.
            ranges: the ranges by asset and metric.
            blocks: the block ranges by asset.
            gaps: reasons for null by asset and metric.
            labels: numbers of labelled addresses by exchange, `Ex` included.
            exchanges: names of the exchanges by code, `Ex` included.
        """
        self.metrics = metrics
        self.ranges = ranges
        self.blocks = blocks
        self.gaps = gaps
        self.labels = labels
        self.exchanges = exchanges
        self.assets = {asset.id: asset for asset in _assets()}

    @cached_property
    def by_asset(self) -> dict[str, list[str]]:
        """Ids of the daily metrics that have values, by asset; both in order of id."""
        found: dict[str, list[str]] = {}
        for asset, metric in sorted(self.ranges):
            found.setdefault(asset, []).append(metric)
        return found

    @cached_property
    def by_metric(self) -> dict[str, list[str]]:
        """Ids of the assets that have values, by metric; both in order of id."""
        found: dict[str, list[str]] = {}
        for metric, asset in sorted((metric, asset) for asset, metric in self.ranges):
            found.setdefault(metric, []).append(asset)
        return found

    @cached_property
    def per_block(self) -> dict[str, Metric]:
        """The metrics that exist per block, by id."""
        return {id_: metric for id_, metric in self.metrics.items() if metric.per_block}

    @cached_property
    def by_slug(self) -> dict[str, Asset]:
        """The assets that have values, by slug."""
        return {asset.slug: asset for asset in self.assets.values() if asset.id in self.by_asset}

    @cached_property
    def last_day(self) -> date | None:
        """The last day of the warehouse's chain, else of any asset; None if there are no values."""
        days = [self.ranges[asset, "BlkCnt"].last for asset in self.blocks if (asset, "BlkCnt") in self.ranges]
        return max(days or [days.last for days in self.ranges.values()], default=None)

    def labelled(self, metric: Metric) -> str | None:
        """The number of labelled addresses behind a metric, in words; None if it is not about an exchange."""
        if not metric.exchange:
            return None
        labels = self.labels.get(metric.exchange, 0)
        return f"{labels or 'no'} labelled address{'' if labels == 1 else 'es'}"

    def supports(self, asset: str, metric: str, frequency: str) -> bool:
        """Whether an asset has values of a metric at a frequency."""
        if frequency == PER_BLOCK:
            return asset in self.blocks and metric in self.per_block
        return (asset, metric) in self.ranges


def load_catalog(cursor: duckdb.DuckDBPyConnection) -> Catalog:
    """Read the catalogue of a published copy."""
    columns = ", ".join(Metric.__dataclass_fields__)
    rows = cursor.execute(f"select {columns} from published.metric_catalog order by id").fetchall()
    found = [Metric(**dict(zip(Metric.__dataclass_fields__, row, strict=True))) for row in rows]
    metrics = {metric.id: metric for metric in found}
    ranges = cursor.execute(
        """
        select asset, metric, min(time), max(time)
        from published.metrics_daily
        where value_text is not null
        group by all
        """
    ).fetchall()
    gaps = cursor.execute(
        "select asset, metric, max_by(reason, time) from published.metric_gaps group by all"
    ).fetchall()
    labels = cursor.execute("select exchange, labels, exchange_name from published.label_coverage").fetchall()
    return Catalog(
        metrics,
        {(asset, metric): Range(first, last) for asset, metric, first, last in ranges},
        _block_ranges(cursor),
        {(asset, metric): reason for asset, metric, reason in gaps},
        {code: count for code, count, _ in labels},
        {code: name for code, _, name in labels},
    )


def _block_ranges(cursor: duckdb.DuckDBPyConnection) -> dict[str, BlockRange]:
    # Block 0 has no issuance, revenue or difficulty here, as in the daily metrics.
    rows = cursor.execute(
        """
        with tips as (select asset, max(height) as tip from published.blocks group by asset)
        select asset, min(height), min_by(hash, height), min_by(median_time, height),
               max(height), max_by(hash, height), max_by(median_time, height)
        from published.blocks join tips using (asset)
        where height > 0 and height <= tip - $confirmations
        group by asset
        """,
        {"confirmations": DEFAULT_CONFIRMATIONS},
    ).fetchall()
    return {asset: BlockRange(*values) for asset, *values in rows}


def _assets() -> list[Asset]:
    with (SEEDS / "assets.csv").open(encoding="utf-8", newline="") as file:
        return [Asset(row["asset"], row["name"]) for row in csv.DictReader(file)]
