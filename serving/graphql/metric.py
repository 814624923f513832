"""Resolvers of `Metric`."""

from datetime import date
from typing import Any

from graphql import GraphQLResolveInfo

from serving.catalog import Asset, Metric
from serving.graphql.arguments import (
    Argument,
    Arguments,
    aggregation_of,
    check_freshness,
    names_of,
    one_asset,
    several_assets,
    window_of,
)
from serving.graphql.context import Context
from serving.graphql.described import describe
from serving.graphql.intervals import DAY
from serving.graphql.moments import print_moment
from serving.graphql.resolvers import Resolvers
from serving.graphql.series import AGGREGATIONS, OHLC, Window, aggregate, as_number, candles, load, series
from serving.graphql.transforms import make_transform

metric_type = Resolvers("Metric")

_CANDLE = ("open", "high", "low", "close")


def _numbers(
    context: Context, metric: Metric, asset: Asset, window: Window, arguments: Arguments
) -> list[tuple[date, float]]:
    """The values of an asset, aggregated and transformed as the arguments say."""
    aggregation = aggregation_of(metric, arguments)
    transform = make_transform(arguments.get("transform"))
    points = series(context.snapshot, asset.id, metric.id, window, aggregation, transform)
    return [(day, as_number(metric, aggregation, value, transform)) for day, value in points]


@metric_type.field("timeseriesData")
def timeseries(metric: Metric, info: GraphQLResolveInfo, **arguments: Argument) -> list[dict[str, Any]]:
    """The values of one asset; everything published is complete, so includeIncompleteData changes nothing."""
    context: Context = info.context
    check_freshness(metric, arguments)
    asset = one_asset(context, metric, arguments)
    window = window_of(arguments)
    context.spend(metric, [asset], window)
    if aggregation_of(metric, arguments, candles=True) == OHLC:
        found = candles(context.snapshot, asset.id, metric.id, window)
        return [
            {"datetime": day, "valueOhlc": {name: as_number(metric, OHLC, value) for name, value in candle.items()}}
            for day, candle in found
        ]
    return [{"datetime": day, "value": value} for day, value in _numbers(context, metric, asset, window, arguments)]


@metric_type.field("timeseriesDataJson")
def timeseries_json(metric: Metric, info: GraphQLResolveInfo, **arguments: Argument) -> list[dict[str, Any]]:
    """The values of one asset, with keys of the caller's choice."""
    fields = arguments.pop("fields", None)
    if aggregation_of(metric, arguments, candles=True) == OHLC:
        names = names_of(fields, ("datetime", "valueOhlc", *_CANDLE), " with the aggregation OHLC")
        return [
            {
                names["datetime"]: print_moment(row["datetime"]),
                names["valueOhlc"]: {names[name]: value for name, value in row["valueOhlc"].items()},
            }
            for row in timeseries(metric, info, **arguments)
        ]
    names = names_of(fields, ("datetime", "value"), " without the aggregation OHLC")
    return [
        {names["datetime"]: print_moment(row["datetime"]), names["value"]: row["value"]}
        for row in timeseries(metric, info, **arguments)
    ]


@metric_type.field("timeseriesDataPerSlug")
def timeseries_per_slug(metric: Metric, info: GraphQLResolveInfo, **arguments: Argument) -> list[dict[str, Any]]:
    """The values of several assets, by day; an asset without a value on a day is left out of it."""
    context: Context = info.context
    check_freshness(metric, arguments)
    assets = several_assets(context, metric, arguments)
    window = window_of(arguments)
    context.spend(metric, assets, window)
    days: dict[date, list[dict[str, Any]]] = {}
    for asset in assets:
        for day, value in _numbers(context, metric, asset, window, arguments):
            days.setdefault(day, []).append({"slug": asset.slug, "value": value})
    return [{"datetime": day, "data": days[day]} for day in sorted(days)]


@metric_type.field("timeseriesDataPerSlugJson")
def timeseries_per_slug_json(metric: Metric, info: GraphQLResolveInfo, **arguments: Argument) -> list[dict[str, Any]]:
    """The values of several assets, with keys of the caller's choice."""
    names = names_of(arguments.pop("fields", None), ("datetime", "data", "slug", "value"))
    return [
        {
            names["datetime"]: print_moment(row["datetime"]),
            names["data"]: [{names[name]: value for name, value in item.items()} for item in row["data"]],
        }
        for row in timeseries_per_slug(metric, info, **arguments)
    ]


@metric_type.field("aggregatedTimeseriesData")
def aggregated(metric: Metric, info: GraphQLResolveInfo, **arguments: Argument) -> float | None:
    """All values of a range as one."""
    context: Context = info.context
    check_freshness(metric, arguments)
    asset = one_asset(context, metric, arguments)
    window = window_of(arguments)
    context.spend(metric, [asset], window)
    aggregation = aggregation_of(metric, arguments)
    points = load(context.snapshot, asset.id, metric.id, *window.extended(0), window.as_of)
    values = [value for _, value in aggregate(points, DAY, "ANY")]
    return as_number(metric, aggregation, AGGREGATIONS[aggregation](values)) if values else None


@metric_type.field("timeseriesDataComplexity")
def timeseries_complexity(metric: Metric, info: GraphQLResolveInfo, **arguments: Argument) -> int:
    """What a range of the asset with the longest history costs."""
    context: Context = info.context
    assets = [context.catalog.assets[asset] for asset in context.catalog.by_metric[metric.id]]
    return max(context.cost(metric, [asset], window_of(arguments)) for asset in assets)


@metric_type.field("availableSince")
def available_since(metric: Metric, info: GraphQLResolveInfo, **arguments: Argument) -> date:
    """Day of the first value."""
    context: Context = info.context
    return context.catalog.ranges[one_asset(context, metric, arguments).id, metric.id].first


@metric_type.field("lastDatetimeComputedAt")
def last_computed(metric: Metric, info: GraphQLResolveInfo, **arguments: Argument) -> date:
    """Day of the last value."""
    context: Context = info.context
    return context.catalog.ranges[one_asset(context, metric, arguments).id, metric.id].last


@metric_type.field("metadata")
def metadata(metric: Metric, info: GraphQLResolveInfo) -> dict[str, Any]:
    """What is known of the metric."""
    context: Context = info.context
    assets = [context.catalog.assets[asset] for asset in context.catalog.by_metric[metric.id]]
    return {
        **describe(metric, context),
        "metric": metric.id,
        "internalMetric": metric.alias_of or metric.id,
        "defaultAggregation": metric.default_aggregation,
        "availableAggregations": sorted([*AGGREGATIONS, OHLC]),
        "availableSlugs": [asset.slug for asset in assets],
        "availableProjects": assets,
        "availableVersions": [{"version": "1.0"}],
        "dataType": "TIMESERIES",
        "hasIncompleteData": False,
        "canMutate": metric.reviewable,
        "isLabelFqnMetric": False,
        "isTimebound": False,
    }
