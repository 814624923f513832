"""Prices and market value under Santiment's names, computed from the daily metrics on request."""

from dataclasses import dataclass

import duckdb

from serving.catalog import Catalog, Metric, Range

# The price of bitcoin in bitcoin is 1 on every built day; that of other assets comes from their price in USD.
VIEW = """
create view derived_daily as
with prices as (
    select asset, time, value from published.metrics_daily where metric = 'PriceUSD' and value is not null
)
select asset, time, 'price_usd' as metric, value from prices
union all
select asset, time, 'price_btc', 1.0
from published.metrics_daily
where asset = 'btc' and metric = 'BlkCnt' and value is not null
union all
select prices.asset, time, 'price_btc', prices.value / bitcoin.value
from prices
join prices as bitcoin using (time)
where prices.asset <> 'btc' and bitcoin.asset = 'btc' and bitcoin.value > 0
union all
select supplies.asset, time, 'marketcap_usd', supplies.value * prices.value
from published.metrics_daily as supplies
join prices using (asset, time)
where supplies.metric = 'SplyCur' and supplies.value is not null
"""


@dataclass(frozen=True)
class Derived:
    """A metric that is not in the catalogue, and its source metrics, to all of which the caller needs access."""

    metric: Metric
    sources: tuple[str, ...]


def _metric(id_: str, name: str, description: str, unit: str, value_type: str, reviewable: bool = False) -> Metric:
    return Metric(
        id=id_,
        name=name,
        description=description,
        unit=unit,
        type=None,
        category="Market",
        subcategory="Price",
        source_model="prices_metrics",
        value_type=value_type,
        alias_of="PriceUSD" if id_ == "price_usd" else None,
        default_aggregation="LAST",
        reviewable=reviewable,
    )


_ALL = (
    Derived(
        _metric("price_usd", "Price in USD", "The same as PriceUSD: the price at the end of the day.", "USD", "usd"),
        ("PriceUSD",),
    ),
    Derived(
        _metric(
            "price_btc",
            "Price in BTC",
            "Price in USD divided by that of a bitcoin; 1 for bitcoin.",
            "Native units",
            "quotient",
        ),
        ("PriceUSD",),
    ),
    Derived(
        _metric("marketcap_usd", "Market Value", "SplyCur times PriceUSD.", "USD", "usd", reviewable=True),
        ("PriceUSD", "SplyCur"),
    ),
)
DERIVED = {derived.metric.id: derived for derived in _ALL}
IDS = frozenset(DERIVED)


def with_derived(catalog: Catalog, cursor: duckdb.DuckDBPyConnection) -> Catalog:
    """The catalogue with the derived metrics, for the interface that knows them."""
    rows = cursor.execute("select asset, metric, min(time), max(time) from derived_daily group by all").fetchall()
    ranges = {(asset, metric): Range(first, last) for asset, metric, first, last in rows}
    metrics = {**catalog.metrics, **{id_: derived.metric for id_, derived in DERIVED.items()}}
    return Catalog(
        metrics, {**catalog.ranges, **ranges}, catalog.blocks, catalog.gaps, catalog.labels, catalog.exchanges
    )
