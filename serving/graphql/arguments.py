"""Arguments that several fields have in common. Each is either supported, or refused by name."""

from collections.abc import Iterable
from typing import Any

from graphql import GraphQLError

from serving.catalog import Asset, Metric
from serving.derived import DERIVED, IDS
from serving.graphql.context import Context
from serving.graphql.intervals import DAY
from serving.graphql.quoting import quoted
from serving.graphql.series import OHLC, Window

MAX_SLUGS = 100
# Of any type that the schema has.
Argument = Any
Arguments = dict[str, Argument]

_SELECTED_BY = ("slug", "slugs", "ignoredSlugs")


def _given(value: object) -> bool:
    """Whether a field of a selector is set: clients send null or an empty list for fields they leave out."""
    return value is not None and value != []


def slugs_of(slug: str | None, selector: Arguments | None) -> list[str]:
    """The slugs that the arguments `slug` and `selector` name, each once.

    Raises:
        GraphQLError: the selector selects by anything but slugs.
    """
    selector = selector or {}
    for name, value in selector.items():
        if name not in _SELECTED_BY and _given(value):
            raise GraphQLError(f"The selector's field {name} is not supported: select assets by slug or slugs.")
    for name in ("slugs", "ignoredSlugs"):
        if None in (selector.get(name) or []):
            raise GraphQLError(f"The selector's field {name} has a slug that is null.")
    named = [slug, selector.get("slug"), *(selector.get("slugs") or [])]
    ignored = selector.get("ignoredSlugs") or []
    return list(dict.fromkeys(name for name in named if name is not None and name not in ignored))


def one_asset(context: Context, metric: Metric, arguments: Arguments) -> Asset:
    """The asset that the arguments name.

    Raises:
        GraphQLError: not exactly one is named, or it has no values of the metric.
    """
    slugs = slugs_of(arguments.get("slug"), arguments.get("selector"))
    if len(slugs) != 1:
        raise GraphQLError("Name one asset: with the argument slug, or with selector: {slug: ...}.")
    return context.asset(slugs[0], metric)


def several_assets(context: Context, metric: Metric, arguments: Arguments) -> list[Asset]:
    """The assets that the selector names.

    Raises:
        GraphQLError: none is named or too many, or one has no values of the metric.
    """
    slugs = slugs_of(None, arguments.get("selector"))
    if not 1 <= len(slugs) <= MAX_SLUGS:
        raise GraphQLError(f"Name 1 to {MAX_SLUGS} assets with selector: {{slugs: [...]}}.")
    return [context.asset(slug, metric) for slug in slugs]


def window_of(arguments: Arguments) -> Window:
    """The range that `from` and `to` give, in intervals of `interval`."""
    return Window(arguments["from"], arguments["to"], arguments.get("interval") or DAY, arguments.get("asOf"))


def check_freshness(metric: Metric, arguments: Arguments) -> None:
    """Refuse what cannot be kept: values that never change where they may be revised, a cache, a record there is not.

    Raises:
        GraphQLError: that is asked for.
    """
    if any(value is not None for value in (arguments.get("cachingParams") or {}).values()):
        raise GraphQLError("The argument cachingParams is not supported: nothing is cached, every answer is new.")
    if arguments.get("asOf") and metric.id in IDS:
        raise GraphQLError(
            f"The argument asOf is not supported for the metric '{metric.id}', which is made of others: ask for "
            f"{' and '.join(DERIVED[metric.id].sources)}."
        )
    if arguments.get("onlyFinalizedData") and metric.reviewable:
        raise GraphQLError(
            f"The argument onlyFinalizedData cannot be kept for the metric '{metric.id}': its values may be revised "
            "at any time, for instance by new labels. Leave it out."
        )


def aggregation_of(metric: Metric, arguments: Arguments, candles: bool = False) -> str:
    """How the values of an interval become one.

    Raises:
        GraphQLError: it is OHLC where an answer has one value an interval, or with a transform.
    """
    aggregation = arguments.get("aggregation") or metric.default_aggregation
    if aggregation == OHLC:
        if not candles:
            raise GraphQLError(
                "The aggregation OHLC gives four values: only timeseriesData and timeseriesDataJson take it."
            )
        if (arguments.get("transform") or {}).get("type", "none") != "none":
            raise GraphQLError("The argument transform cannot be used with the aggregation OHLC.")
    return aggregation


def names_of(fields: Arguments | None, known: Iterable[str], why: str = "") -> dict[str, str]:
    """The names that keys get by the argument `fields`; those without one keep theirs.

    Args:
        fields: the argument.
        known: the keys that the answer has.
        why: said of a key that it does not have.

    Raises:
        GraphQLError: a key that is not there is to be renamed, or two keys would have one name.
    """
    given = {name: new for name, new in (fields or {}).items() if new is not None}
    names = {name: given.get(name, name) for name in known}
    for name in given:
        if name not in names:
            raise GraphQLError(f"The argument fields renames {name}, which the answer does not have{why}.")
    for new in names.values():
        if not new or list(names.values()).count(new) > 1:
            raise GraphQLError(f"The argument fields gives the name {quoted(new)} to more than one key, or to none.")
    return names
