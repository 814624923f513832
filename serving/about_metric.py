"""All data of a metric's page, except its values."""

from collections.abc import Callable
from typing import Any

import duckdb

from serving.catalog import Catalog, Metric
from serving.lineage import layers_below
from serving.published import Snapshot
from serving.related import related


def about(metric: Metric, snapshot: Snapshot, may_see: Callable[[str], bool]) -> dict[str, Any]:
    """A metric with its definition, coverage, lineage and related metrics, ready for JSON.

    Args:
        metric: of the catalogue.
        snapshot: the data.
        may_see: whether the caller may see a metric, by its id.
    """
    catalog = snapshot.catalog
    with snapshot.cursor() as cursor:
        assets = _coverage(metric.id, cursor)
        labels = _labels(metric, cursor)
    return {
        "id": metric.id,
        "name": metric.name,
        "description": metric.description,
        "facts": _facts(metric, catalog),
        "assets": assets,
        "without": {asset: reason for (asset, id_), reason in catalog.gaps.items() if id_ == metric.id},
        "labels": labels,
        "source_model": metric.source_model,
        "lineage": [
            [{"name": part.name, "kind": part.kind, "description": part.description} for part in layer]
            for layer in layers_below(metric.source_model)
        ],
        "related": [
            {"how": how, "metrics": [{"id": other.id, "name": other.name} for other in group]}
            for how, group in related(metric, catalog, may_see)
        ],
    }


def _facts(metric: Metric, catalog: Catalog) -> dict[str, str]:
    """Short facts on the metric, by title."""
    facts = {
        "Unit": metric.unit,
        "Category": f"{metric.category}, {metric.subcategory}",
        "Kind": metric.type,
        "Over several days": metric.default_aggregation,
        "Frequency": "a value a day and a value a block" if metric.per_block else "a value a day",
        "May be revised": "yes, by new labels" if metric.reviewable else "no",
        "The same as": metric.alias_of,
        "Exchange": catalog.exchanges.get(metric.exchange, metric.exchange) if metric.exchange else None,
        "Labels": catalog.labelled(metric),
    }
    return {title: text for title, text in facts.items() if text}


def _coverage(metric: str, cursor: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """By asset: the first and last day with a value, and the numbers of days with and without one."""
    rows = cursor.execute(
        """
        select
            asset,
            min(time) filter (where value_text is not null),
            max(time) filter (where value_text is not null),
            count(value_text),
            count(*) - count(value_text)
        from published.metrics_daily
        where metric = ?
        group by asset
        order by asset
        """,
        [metric],
    ).fetchall()
    return [
        {"asset": asset, "first": first.isoformat(), "last": last.isoformat(), "days": days, "missing": missing}
        for asset, first, last, days, missing in rows
        if days
    ]


def _labels(metric: Metric, cursor: duckdb.DuckDBPyConnection) -> dict[str, Any] | None:
    """The label coverage of the metric's exchange, its balance in satoshi as text; None if there is no exchange."""
    found = cursor.execute(
        "select exchange, exchange_name, labels, first_day_seen, last_day_seen, balance, sources "
        "from published.label_coverage where exchange = ?",
        [metric.exchange],
    ).fetchone()
    if found is None:
        return None
    exchange, name, labels, first, last, balance, sources = found
    return {
        "exchange": exchange,
        "name": name,
        "labels": labels,
        "first_day_seen": None if first is None else first.isoformat(),
        "last_day_seen": None if last is None else last.isoformat(),
        "balance": str(balance),
        "sources": sources,
    }
