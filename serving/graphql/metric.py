"""Resolvers of `Metric` and its metadata."""

from datetime import date, datetime
from typing import Any

from ariadne import ObjectType
from graphql import GraphQLError, GraphQLResolveInfo

from serving.catalog import Asset, Metric
from serving.graphql.context import Context
from serving.graphql.series import (
    AGGREGATIONS,
    Window,
    aggregate,
    default_aggregation,
    load,
    make_transform,
    series,
)

MAX_SLUGS = 100
Arguments = Any

metric_type = ObjectType("Metric")


def _one_asset(context: Context, metric: Metric, slug: str | None, selector: dict[str, Any] | None) -> Asset:
    """The asset that `slug` or `selector` names.

    Raises:
        GraphQLError: not exactly one is named.
    """
    slugs = _slugs({"slug": slug} if slug is not None else {}) + _slugs(selector or {})
    if len(slugs) != 1:
        raise GraphQLError("Name one asset: with the argument slug, or with selector: {slug: ...}.")
    return context.asset(slugs[0], metric)


def _slugs(selector: dict[str, Any]) -> list[str]:
    named = [selector["slug"]] if selector.get("slug") is not None else []
    return list(dict.fromkeys([*named, *(selector.get("slugs") or [])]))


def _points(
    context: Context, metric: Metric, asset: Asset, window: Window, arguments: Arguments
) -> list[tuple[Any, float]]:
    aggregation = arguments.get("aggregation") or default_aggregation(metric)
    transform = make_transform(arguments.get("transform"))
    return series(context.snapshot, asset.id, metric.id, window, aggregation, transform)


@metric_type.field("timeseriesData")
@metric_type.field("timeseriesDataJson")
def timeseries(metric: Metric, info: GraphQLResolveInfo, **arguments: Arguments) -> list[dict[str, Any]]:
    """The values of one asset; everything published is complete, so includeIncompleteData changes nothing."""
    context: Context = info.context
    asset = _one_asset(context, metric, arguments.get("slug"), arguments.get("selector"))
    window = Window(arguments["from"], arguments["to"], arguments.get("interval") or 1)
    context.spend(metric, [asset], window)
    points = _points(context, metric, asset, window, arguments)
    return [{"datetime": day, "value": value} for day, value in points]


@metric_type.field("timeseriesDataPerSlug")
@metric_type.field("timeseriesDataPerSlugJson")
def timeseries_per_slug(metric: Metric, info: GraphQLResolveInfo, **arguments: Arguments) -> list[dict[str, Any]]:
    """The values of several assets, by day; an asset without a value on a day is left out of it."""
    context: Context = info.context
    slugs = _slugs(arguments["selector"])
    if not 1 <= len(slugs) <= MAX_SLUGS:
        raise GraphQLError(f"Name 1 to {MAX_SLUGS} assets with selector: {{slugs: [...]}}.")
    assets = [context.asset(slug, metric) for slug in slugs]
    window = Window(arguments["from"], arguments["to"], arguments.get("interval") or 1)
    context.spend(metric, assets, window)
    days: dict[Any, list[dict[str, Any]]] = {}
    for asset in assets:
        for day, value in _points(context, metric, asset, window, arguments):
            days.setdefault(day, []).append({"slug": asset.slug, "value": value})
    return [{"datetime": day, "data": days[day]} for day in sorted(days)]


@metric_type.field("aggregatedTimeseriesData")
def aggregated(metric: Metric, info: GraphQLResolveInfo, **arguments: Arguments) -> float | None:
    """All values of a range as one."""
    context: Context = info.context
    asset = _one_asset(context, metric, arguments.get("slug"), arguments.get("selector"))
    window = Window(arguments["from"], arguments["to"], 1)
    context.spend(metric, [asset], window)
    points = load(context.snapshot, asset.id, metric.id, *window.extended(0))
    combine = AGGREGATIONS[arguments.get("aggregation") or default_aggregation(metric)]
    return combine([value for _, value in aggregate(points, 1, "ANY")]) if points else None


@metric_type.field("timeseriesDataComplexity")
def timeseries_complexity(metric: Metric, info: GraphQLResolveInfo, **arguments: Arguments) -> int:
    """What a range of the asset with the longest history costs."""
    context: Context = info.context
    catalog = context.snapshot.catalog
    window = Window(arguments["from"], arguments["to"], arguments.get("interval") or 1)
    assets = [catalog.assets[asset] for asset in catalog.by_metric[metric.id]]
    return max(context.cost(metric, [asset], window) for asset in assets)


@metric_type.field("availableSince")
def available_since(metric: Metric, info: GraphQLResolveInfo, **arguments: Arguments) -> date:
    """Day of the first value."""
    asset = _one_asset(info.context, metric, arguments.get("slug"), arguments.get("selector"))
    return info.context.snapshot.catalog.ranges[asset.id, metric.id].first


@metric_type.field("lastDatetimeComputedAt")
def last_computed(metric: Metric, info: GraphQLResolveInfo, **arguments: Arguments) -> date:
    """Day of the last value."""
    asset = _one_asset(info.context, metric, arguments.get("slug"), arguments.get("selector"))
    return info.context.snapshot.catalog.ranges[asset.id, metric.id].last


@metric_type.field("metadata")
def metadata(metric: Metric, info: GraphQLResolveInfo) -> dict[str, Any]:
    """What is known of the metric."""
    catalog = info.context.snapshot.catalog
    assets = [catalog.assets[asset] for asset in catalog.by_metric[metric.id]]
    never: datetime | None = None
    return {
        "metric": metric.id,
        "humanReadableName": metric.name,
        "minInterval": "1d",
        "defaultAggregation": default_aggregation(metric),
        "availableAggregations": list(AGGREGATIONS),
        "availableSelectors": ["SLUG", "SLUGS"],
        "availableSlugs": [asset.slug for asset in assets],
        "availableProjects": assets,
        "availableVersions": [{"version": "1.0"}],
        "dataType": "TIMESERIES",
        "isRestricted": False,
        "isAccessible": True,
        "restrictedFrom": never,
        "restrictedTo": never,
        "isTimebound": False,
        "isDeprecated": False,
        "hardDeprecateAfter": never,
        "internalMetric": metric.alias_of or metric.id,
        "docs": [{"link": f"/docs/dbt/#!/model/model.satledger.{metric.source_model}"}],
    }
