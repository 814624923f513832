"""Resolvers of `Query`, and of what is not a metric."""

from datetime import date, datetime
from typing import Any

from ariadne import ObjectType
from graphql import GraphQLError, GraphQLResolveInfo

from serving.catalog import Asset, Metric
from serving.graphql.context import Context
from serving.graphql.series import Points, Transform, Window, series

Arguments = Any

VERSION = "1.0"
# A list of names costs about as much as a short series.
_LIST_COST = 100

query_type = ObjectType("Query")
project_type = ObjectType("Project")
user_type = ObjectType("User")


@query_type.field("getAvailableMetrics")
def available_metrics(_root: None, info: GraphQLResolveInfo) -> list[str]:
    """Ids of the metrics that have values and that the caller may see."""
    context: Context = info.context
    context.budget.spend(_LIST_COST)
    return [metric for metric in context.snapshot.catalog.by_metric if context.caller.may_see(metric)]


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
    return info.context.snapshot.catalog.by_slug.get(slug)


@query_type.field("allProjects")
def all_projects(_root: None, info: GraphQLResolveInfo) -> list[Asset]:
    """The assets that have values, by slug."""
    return [asset for _, asset in sorted(info.context.snapshot.catalog.by_slug.items())]


@query_type.field("allErc20Projects")
def all_erc20_projects(_root: None, _info: GraphQLResolveInfo) -> list[Asset]:
    """No asset is a token of Ethereum."""
    return []


@query_type.field("historyPrice")
def history_price(_root: None, info: GraphQLResolveInfo, **arguments: Arguments) -> list[dict[str, Any]]:
    """Closing prices."""
    return [{"datetime": day, "priceUsd": value} for day, value in _prices(info.context, arguments)]


@query_type.field("ohlc")
def ohlc(_root: None, info: GraphQLResolveInfo, **arguments: Arguments) -> list[dict[str, Any]]:
    """Closing prices."""
    return [{"datetime": day, "closePriceUsd": value} for day, value in _prices(info.context, arguments)]


@query_type.field("currentUser")
def current_user(_root: None, info: GraphQLResolveInfo) -> dict[str, Any] | None:
    """The holder of the key."""
    return {"name": info.context.caller.name} if info.context.caller.name else None


@user_type.field("apiCallsHistory")
def api_calls_history(_user: dict[str, Any], info: GraphQLResolveInfo, **arguments: Arguments) -> list[dict[str, Any]]:
    """Requests by day, in whole days whatever the interval."""
    context: Context = info.context
    begin: datetime = arguments["from"]
    end: datetime = arguments["to"]
    days = {date.fromisoformat(day): count for day, count in context.limits.days(context.caller).items()}
    kept = sorted(day for day in days if begin.date() <= day <= end.date())
    return [{"datetime": day, "apiCallsCount": days[day]} for day in kept]


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


def _prices(context: Context, arguments: dict[str, Any]) -> Points:
    price = context.metric("PriceUSD")
    asset = context.asset(arguments["slug"], price)
    window = Window(arguments["from"], arguments["to"], arguments.get("interval") or 1)
    context.spend(price, [asset], window)
    return series(context.snapshot, asset.id, price.id, window, "LAST", Transform())
