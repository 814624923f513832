"""Resolvers of the root type, and of what is not a metric."""

from datetime import date, datetime
from typing import Any

import duckdb
from graphql import GraphQLError, GraphQLResolveInfo

from serving.catalog import Asset, Metric
from serving.graphql.arguments import Argument, Arguments, slugs_of, window_of
from serving.graphql.context import Context
from serving.graphql.described import restriction
from serving.graphql.intervals import DAY, parse_interval
from serving.graphql.quoting import quoted
from serving.graphql.resolvers import Resolvers
from serving.graphql.series import series

VERSION = "1.0"
# A list of names costs about as much as a short series.
_LIST_COST = 100
_MAX_REGEX = 1_000

query_type = Resolvers("RootQueryType")
project_type = Resolvers("Project")
user_type = Resolvers("User")


@query_type.field("getAvailableMetrics")
def available_metrics(_root: None, info: GraphQLResolveInfo, **arguments: Argument) -> list[str]:
    """Ids of the metrics that have values and that the caller may see; every product and plan has them all."""
    context: Context = info.context
    context.budget.spend(_LIST_COST)
    if arguments.get("hasIncompleteData"):
        return []
    found = [metric for metric in sorted(context.catalog.by_metric) if context.may_see(metric)]
    return _matching(context, found, arguments)


@query_type.field("getAvailableMetricsForSelector")
def available_metrics_for_selector(_root: None, info: GraphQLResolveInfo, **arguments: Argument) -> list[str]:
    """Ids of the metrics that every asset of a selector has."""
    context: Context = info.context
    context.budget.spend(_LIST_COST)
    slugs = slugs_of(None, arguments.get("selector"))
    if not slugs:
        raise GraphQLError("Name assets with selector: {slug: ...} or selector: {slugs: [...]}.")
    of_each = [set(context.metrics_of(context.known_asset(slug))) for slug in slugs]
    return _matching(context, sorted(set.intersection(*of_each)), arguments)


def _matching(context: Context, names: list[str], arguments: Arguments) -> list[str]:
    """The names that match `nameRegexFilter`. Matched by DuckDB, whose regular expressions take linear time."""
    pattern = arguments.get("nameRegexFilter")
    if pattern is None:
        return names
    problem = f"The argument nameRegexFilter is no regular expression of RE2: {quoted(pattern)}."
    if len(pattern) > _MAX_REGEX:
        raise GraphQLError(problem)
    try:
        with context.snapshot.cursor() as cursor:
            query = "select name from (select unnest(?::varchar[]) as name) where regexp_matches(name, ?) order by name"
            return [name for (name,) in cursor.execute(query, [names, pattern]).fetchall()]
    except duckdb.Error:
        raise GraphQLError(problem) from None


@query_type.field("getAccessRestrictions")
def access_restrictions(_root: None, info: GraphQLResolveInfo, **arguments: Argument) -> list[dict[str, Any]]:
    """The metrics that have values, and whether the caller may see them."""
    context: Context = info.context
    context.budget.spend(_LIST_COST)
    if arguments.get("filter") not in (None, "METRIC"):
        return []
    return [restriction(context.catalog.metrics[metric], context) for metric in sorted(context.catalog.by_metric)]


@query_type.field("getMetric")
def get_metric(_root: None, info: GraphQLResolveInfo, metric: str, version: str | None = None) -> Metric:
    """A metric; there is one version of each."""
    found = info.context.metric(metric)
    if version not in (None, VERSION):
        raise GraphQLError(f"The metric '{metric}' has only the version {VERSION}.")
    return found


@query_type.field("projectBySlug")
def project_by_slug(_root: None, info: GraphQLResolveInfo, slug: str) -> Asset | None:
    """An asset that has values."""
    return info.context.catalog.by_slug.get(slug)


@query_type.field("allProjects")
def all_projects(_root: None, info: GraphQLResolveInfo, **arguments: Argument) -> list[Asset]:
    """The assets that have values, by slug; all, or those of a page."""
    found = [asset for _, asset in sorted(info.context.catalog.by_slug.items())]
    page, size = arguments.get("page"), arguments.get("pageSize")
    if page is None and size is None:
        return found
    if page is None or size is None or page < 1 or size < 1:
        raise GraphQLError("The arguments page and pageSize go together, each from 1 on.")
    return found[(page - 1) * size : page * size]


@query_type.field("allErc20Projects")
def all_erc20_projects(_root: None, _info: GraphQLResolveInfo) -> list[Asset]:
    """No asset is a token of Ethereum."""
    return []


def _price_arguments(context: Context, arguments: Arguments) -> tuple[Metric, Asset, Arguments]:
    """The price metric, the asset, and the arguments with the interval parsed (plain text in the schema)."""
    if arguments.get("slug") is None:
        raise GraphQLError("Name an asset with the argument slug.")
    interval = arguments.get("interval")
    price = context.metric("price_usd")
    parsed = DAY if interval in (None, "") else parse_interval(interval)
    return price, context.asset(arguments["slug"], price), {**arguments, "interval": parsed}


@query_type.field("historyPrice")
def history_price(_root: None, info: GraphQLResolveInfo, **arguments: Argument) -> list[dict[str, Any]]:
    """Closing prices, and the market value where the supply is known and the caller may see it."""
    context: Context = info.context
    price, asset, arguments = _price_arguments(context, arguments)
    window = window_of(arguments)
    found: dict[str, dict[date, float]] = {}
    for field, name in (("priceUsd", price.id), ("priceBtc", "price_btc"), ("marketcap", "marketcap_usd")):
        if context.may_see(name) and asset.id in context.catalog.by_metric.get(name, []):
            context.spend(context.catalog.metrics[name], [asset], window)
            found[field] = dict(series(context.snapshot, asset.id, name, window, "LAST"))
    return [
        {"datetime": day, **{field: values.get(day) for field, values in found.items()}} for day in found["priceUsd"]
    ]


@query_type.field("ohlc")
def ohlc(_root: None, info: GraphQLResolveInfo, **arguments: Argument) -> list[dict[str, Any]]:
    """Closing prices."""
    context: Context = info.context
    price, asset, arguments = _price_arguments(context, arguments)
    window = window_of(arguments)
    context.spend(price, [asset], window)
    points = series(context.snapshot, asset.id, price.id, window, "LAST")
    return [{"datetime": day, "closePriceUsd": value} for day, value in points]


@query_type.field("currentUser")
def current_user(_root: None, info: GraphQLResolveInfo) -> dict[str, Any] | None:
    """The holder of the key."""
    return {"name": info.context.caller.name} if info.context.caller.name else None


@user_type.field("apiCallsHistory")
def api_calls_history(_user: dict[str, Any], info: GraphQLResolveInfo, **arguments: Argument) -> list[dict[str, Any]]:
    """Requests by interval; all were made with an API key, as no other way is known here."""
    if arguments.get("authMethod") in ("BASIC", "JWT"):
        return []
    context: Context = info.context
    begin: datetime = arguments["from"]
    end: datetime = arguments["to"]
    interval = arguments.get("interval") or DAY
    counts: dict[date, int] = {}
    for text, count in sorted(context.limits.days(context.caller).items()):
        day = date.fromisoformat(text)
        if begin.date() <= day <= end.date():
            start = interval.start(day)
            counts[start] = counts.get(start, 0) + count
    return [{"datetime": start, "apiCallsCount": count} for start, count in counts.items()]


@project_type.field("ticker")
def ticker(asset: Asset, _info: GraphQLResolveInfo) -> str:
    """The asset's id in capital letters."""
    return asset.id.upper()


@project_type.field("totalSupply")
@project_type.field("marketSegment")
def unknown(_asset: Asset, _info: GraphQLResolveInfo) -> None:
    """Not in this warehouse."""
    return


@project_type.field("availableMetrics")
@project_type.field("availableTimeseriesMetrics")
def metrics_of(asset: Asset, info: GraphQLResolveInfo) -> list[str]:
    """Ids of the metrics of an asset."""
    context: Context = info.context
    context.budget.spend(_LIST_COST)
    return context.metrics_of(asset)
