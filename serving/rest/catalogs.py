"""Catalogues (which metrics and assets have values, and when) and reference data (what they mean)."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from serving.catalog import Catalog
from serving.rest import parameters as p
from serving.rest.answers import listing, plain
from serving.rest.documented import OBJECT, responses
from serving.rest.entries import Entry, asset_reference, catalog_entry, legacy_metric, metric_reference
from serving.rest.repeated import RestRoute
from serving.rest.selection import allowed, known, known_assets
from serving.state import access, newest

router = APIRouter(tags=["Catalogue and reference data"], route_class=RestRoute)

_LISTED = responses(OBJECT)
_PLAIN = responses(OBJECT, stream=False, paged=False)


def _metrics(request: Request, catalog: Catalog, text: str | None, reviewable: bool | None) -> list[str]:
    """The metrics that a query names, or all, as far as the caller may see them; in order of id."""
    found = catalog.metrics if text is None else known("metrics", text, catalog.metrics)
    found = sorted(allowed(found, access(request), ignore_forbidden=text is None))
    return [m for m in found if reviewable is None or catalog.metrics[m].reviewable == reviewable]


def _assets(catalog: Catalog, text: str | None) -> list[str]:
    return sorted(catalog.assets if text is None else known_assets(text, catalog))


def _served(catalog: Catalog, text: str | None, metrics: Sequence[str]) -> list[Entry]:
    """Entries of the assets that have metrics; of those asked for by name also the ones that have none.

    The official client cannot make a table of a catalogue without any entry.
    """
    entries = [catalog_entry(asset, metrics, catalog) for asset in _assets(catalog, text)]
    return [entry for entry in entries if entry["metrics"] or text is not None]


def _fields(entries: list[Entry], include: str | None, exclude: str | None) -> list[Entry]:
    """Keep, or leave out, the fields that a query names; a field that an endpoint does not have is an error."""
    fields = ("full_name", "metrics", "exchanges", "markets")
    kept = set(known("include", include, fields) if include is not None else fields)
    kept -= set(known("exclude", exclude, fields) if exclude is not None else ())
    return [{name: value for name, value in entry.items() if name == "asset" or name in kept} for entry in entries]


@router.get("/catalog-v2/asset-metrics", response_class=Response, responses=_LISTED)
@router.get("/catalog-all-v2/asset-metrics", response_class=Response, responses=_LISTED)
def catalog_v2(request: Request, query: Annotated[p.CatalogQuery, Query()]) -> Response:
    """Assets with the metrics that they have values of; whatever is served at all is served to everyone with access."""
    catalog = newest(request).catalog
    metrics = _metrics(request, catalog, query.metrics, query.reviewable)
    return listing(request, query, _served(catalog, query.assets, metrics), "asset")


@router.get("/reference-data/asset-metrics", response_class=Response, responses=_LISTED)
def metrics_reference(request: Request, query: Annotated[p.MetricsReferenceQuery, Query()]) -> Response:
    """Names, units and definitions of metrics."""
    catalog = newest(request).catalog
    metrics = _metrics(request, catalog, query.metrics, query.reviewable)
    return listing(request, query, [metric_reference(catalog.metrics[metric], catalog) for metric in metrics], "metric")


@router.get("/reference-data/assets", response_class=Response, responses=_LISTED)
def assets_reference(request: Request, query: Annotated[p.AssetsReferenceQuery, Query()]) -> Response:
    """Names of assets."""
    catalog = newest(request).catalog
    entries = [asset_reference(catalog.assets[asset]) for asset in _assets(catalog, query.assets)]
    return listing(request, query, _fields(entries, query.include, query.exclude), "asset")


@router.get("/catalog/metrics", response_class=Response, responses=_PLAIN)
@router.get("/catalog-all/metrics", response_class=Response, responses=_PLAIN)
@router.get("/catalog/asset-metrics", response_class=Response, responses=_PLAIN)
@router.get("/catalog-all/asset-metrics", response_class=Response, responses=_PLAIN)
def legacy_metrics(request: Request, query: Annotated[p.LegacyMetricsQuery, Query()]) -> Response:
    """Metrics with the assets that have them (legacy shape)."""
    catalog = newest(request).catalog
    metrics = _metrics(request, catalog, query.metrics, query.reviewable)
    served = [m for m in metrics if m in catalog.by_metric or (m in catalog.per_block and catalog.blocks)]
    return plain([legacy_metric(catalog.metrics[metric], catalog) for metric in served], query.pretty)


@router.get("/catalog/assets", response_class=Response, responses=_PLAIN)
@router.get("/catalog-all/assets", response_class=Response, responses=_PLAIN)
def legacy_assets(request: Request, query: Annotated[p.LegacyAssetsQuery, Query()]) -> Response:
    """Assets with their metrics (legacy shape)."""
    catalog = newest(request).catalog
    served = _served(catalog, query.assets, _metrics(request, catalog, None, None))
    entries = [{**asset_reference(catalog.assets[e["asset"]]), "metrics": e["metrics"]} for e in served]
    return plain(_fields(entries, query.include, query.exclude), query.pretty)
