"""Which assets and metrics a request asks for, checked against the catalogue and the caller's access."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from serving.catalog import DAILY, PER_BLOCK, Catalog
from serving.errors import BadParameterError, ForbiddenError, NotSupportedError, shortened
from serving.rest.parameters import AssetMetricsQuery
from serving.state import Access


@dataclass(frozen=True)
class Selection:
    """Assets and metrics to answer with.

    Attributes:
        assets: ids in order of id.
        metrics: ids in the order asked for.
        support: for each metric the assets that have it; a row of another asset leaves the metric's key out.
    """

    assets: tuple[str, ...]
    metrics: tuple[str, ...]
    support: dict[str, frozenset[str]]


def names(parameter: str, text: str) -> list[str]:
    """The items of a comma separated list, each once, in order.

    Raises:
        BadParameterError: an item is empty.
    """
    items = [item.strip() for item in text.split(",")]
    if not all(items):
        raise BadParameterError(parameter, f"Value '{shortened(text)}' is not supported: an item of the list is empty.")
    return list(dict.fromkeys(items))


def known(parameter: str, text: str, all_known: Collection[str], ignore_unknown: bool = False) -> list[str]:
    """The items of a list, checked against the known ones.

    Raises:
        BadParameterError: some are not, and that is not to be ignored; the sentence names them all.
    """
    items = names(parameter, text)
    _refuse_unknown(parameter, [item for item in items if item not in all_known], ignore_unknown)
    return [item for item in items if item in all_known]


def known_assets(text: str, catalog: Catalog, ignore_unknown: bool = False) -> list[str]:
    """The ids of a list of assets, which may be written in capitals.

    Raises:
        BadParameterError: some are not known, and that is not to be ignored; the sentence names them all.
    """
    found = {item: asset_id(item) for item in names("assets", text)}
    _refuse_unknown("assets", [item for item, asset in found.items() if asset not in catalog.assets], ignore_unknown)
    return list(dict.fromkeys(asset for asset in found.values() if asset in catalog.assets))


def asset_id(text: str) -> str:
    """The id of an asset as it is kept; callers may write it in capitals."""
    return text.lower()


def _refuse_unknown(parameter: str, unknown: list[str], ignored: bool) -> None:
    if not unknown or ignored:
        return
    if len(unknown) == 1:
        raise NotSupportedError(parameter, unknown[0])
    raise BadParameterError(parameter, f"Values '{shortened(', '.join(unknown))}' are not supported.")


def select(query: AssetMetricsQuery, catalog: Catalog, access: Access) -> Selection:
    """Check the assets, metrics and frequency of a request.

    Raises:
        BadParameterError: something is unknown, or nothing of what is asked for has values.
        ForbiddenError: the caller has no access to a metric.
    """
    if query.frequency not in (DAILY, PER_BLOCK):
        raise NotSupportedError("frequency", query.frequency)
    metrics = known("metrics", query.metrics, catalog.metrics, query.ignore_unsupported_errors)
    metrics = allowed(metrics, access, query.ignore_forbidden_errors)
    supporting = {metric: _assets_with(metric, query.frequency, catalog) for metric in metrics}
    if query.assets == "*":
        assets = sorted(set().union(*supporting.values()))
    else:
        assets = known_assets(query.assets, catalog, query.ignore_unsupported_errors)
    support = {metric: frozenset(supporting[metric] & set(assets)) for metric in metrics}
    if assets and metrics and not any(support.values()) and not query.ignore_unsupported_errors:
        raise _unsupported(query.frequency, assets, metrics, catalog)
    metrics = [metric for metric in metrics if support[metric]]
    kept = sorted(asset for asset in assets if any(asset in support[metric] for metric in metrics))
    return Selection(tuple(kept), tuple(metrics), support)


def allowed(metrics: Iterable[str], access: Access, ignore_forbidden: bool) -> list[str]:
    """The metrics that the caller may see.

    Raises:
        ForbiddenError: some may not be seen, and that is not to be ignored.
    """
    metrics = list(metrics)
    forbidden = [metric for metric in metrics if not access(metric)]
    if forbidden and not ignore_forbidden:
        raise ForbiddenError(forbidden)
    return [metric for metric in metrics if metric not in forbidden]


def _assets_with(metric: str, frequency: str, catalog: Catalog) -> set[str]:
    if frequency == PER_BLOCK:
        return set(catalog.blocks) if metric in catalog.per_block else set()
    return set(catalog.by_metric.get(metric, ()))


def _unsupported(frequency: str, assets: list[str], metrics: list[str], catalog: Catalog) -> BadParameterError:
    if frequency == PER_BLOCK:
        there = f"{', '.join(sorted(catalog.per_block))} of {', '.join(catalog.blocks) or 'no asset'}"
        return BadParameterError(
            "metrics",
            f"Value '{shortened(','.join(metrics))}' is not supported for assets '{shortened(','.join(assets))}' with "
            f"frequency 1b, which has {there}.",
        )
    reason = next((catalog.gaps[a, m] for a in assets for m in metrics if (a, m) in catalog.gaps), None)
    because = f": {reason}." if reason else "."
    return BadParameterError(
        "metrics",
        f"Value '{shortened(','.join(metrics))}' is not supported for assets '{shortened(','.join(assets))}' with "
        f"frequency {frequency}{because}",
    )
