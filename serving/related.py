"""Metrics that belong together, by what the catalogue says of them."""

import re
from collections.abc import Callable, Iterator

from serving.catalog import Catalog, Metric

_ID = re.compile(r"\b[A-Za-z_]\w+\b")
_UNIT = re.compile(r"(Ntv|USD)$")
# Of one group, so that a page stays short.
_MOST = 12


def related(metric: Metric, catalog: Catalog, may_see: Callable[[str], bool]) -> list[tuple[str, list[Metric]]]:
    """Groups of other metrics, each with how they are related; a metric is in the first group that it fits.

    Args:
        metric: of the catalogue.
        catalog: all metrics.
        may_see: whether the caller may see a metric, by its id.
    """
    left = {id_: other for id_, other in catalog.metrics.items() if id_ != metric.id and may_see(id_)}
    found: list[tuple[str, list[Metric]]] = []
    for how, fits in _kinds(metric, catalog):
        group = [other for other in left.values() if fits(other)][:_MOST]
        for other in group:
            del left[other.id]
        if group:
            found.append((how, group))
    return found


def _kinds(metric: Metric, catalog: Catalog) -> Iterator[tuple[str, Callable[[Metric], bool]]]:
    base = _UNIT.sub("", metric.id)
    named = set(_ID.findall(metric.description)) & catalog.metrics.keys()
    same = {metric.id, metric.alias_of} - {None}
    yield "The same in another unit", lambda other: base != other.id and _UNIT.sub("", other.id) == base
    yield "The same values under another name", lambda other: other.alias_of in same or other.id == metric.alias_of
    yield "Named in its definition", lambda other: other.id in named
    yield "Defined with it", lambda other: metric.id in _ID.findall(other.description)
    if metric.exchange:
        name = catalog.exchanges.get(metric.exchange, metric.exchange)
        yield (
            f"Of {name}, in the same unit",
            lambda other: other.exchange == metric.exchange and other.unit == metric.unit,
        )
    yield (
        f"{metric.category}: {metric.subcategory}",
        lambda other: (
            (other.category, other.subcategory, other.unit) == (metric.category, metric.subcategory, metric.unit)
        ),
    )
