"""The pages, what they ask for besides the API, the OpenAPI page and dbt's documentation."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse
from fastapi.staticfiles import StaticFiles

from dagster_project.blocks.parameters import load_parameters
from dagster_project.settings import DBT_PROJECT, Chain
from satledger.local import model_texts
from serving import views
from serving.catalog import Catalog
from serving.errors import ApiError, NotSupportedError
from serving.rest.repeated import RestRoute
from serving.rest.selection import allowed, asset_id
from serving.served_files import EMBEDDED, HEADERS, STATIC
from serving.state import access, newest
from serving.views import told_of

_NO_DBT_DOCS = (
    "<!doctype html><html lang='en'><title>satledger: dbt docs</title><h1>The dbt docs are not made yet</h1>"
    "<p>Run <code>satledger docs</code> once; this page has them from then on.</p></html>"
)

# After so many halvings the subsidy is zero.
_HALVINGS = 33

router = APIRouter(include_in_schema=False, route_class=RestRoute)


def add_page(app: FastAPI, dbt_docs: Path | None, chain: Chain) -> None:
    """Add the pages to the application.

    Args:
        app: the application.
        dbt_docs: folder that `dbt docs generate` writes to; it may come later.
        chain: the chain that the data is of.
    """
    app.state.dbt_docs = dbt_docs
    app.state.chain = chain
    app.include_router(router)
    app.include_router(views.router)
    app.mount("/static", StaticFiles(directory=STATIC))


@router.get("/")
def index() -> Response:
    """The boards."""
    return FileResponse(STATIC / "index.html", headers=HEADERS)


@router.get("/chart")
def chart() -> Response:
    """The view of one chart."""
    return FileResponse(STATIC / "chart.html", headers=HEADERS)


@router.get("/embed")
def embed() -> Response:
    """A chart alone, for a frame in another page."""
    return FileResponse(STATIC / "embed.html", headers=EMBEDDED)


@router.get("/docs")
def openapi() -> Response:
    """The documentation of the REST interface."""
    return FileResponse(STATIC / "openapi.html", headers=HEADERS)


@router.get("/docs/dbt/{name:path}")
def dbt(request: Request, name: str) -> Response:
    """Dbt's documentation; only the files it consists of, whatever else lies in the folder."""
    folder: Path | None = request.app.state.dbt_docs
    name = name or "index.html"
    if folder is None or not (folder / "index.html").is_file():
        return HTMLResponse(_NO_DBT_DOCS, status_code=404)
    if name not in ("index.html", "manifest.json", "catalog.json") or not (folder / name).is_file():
        raise ApiError(404, "not_found", f"There is nothing at {request.url.path[:200]}.")
    if name == "index.html":
        return FileResponse(folder / name)
    return Response(_without_places((folder / name).read_text(encoding="utf-8"), folder), media_type="application/json")


def _without_places(text: str, folder: Path) -> str:
    """A JSON text without the paths of the home and the project on this machine."""
    for place, name in ((folder.parent, "<home>"), (DBT_PROJECT.parent, "<project>")):
        text = text.replace(json.dumps(str(place))[1:-1], name)
    return text


@router.get("/page/catalogue")
def catalogue(request: Request) -> Response:
    """Assets and metrics as the page searches them."""
    snapshot = newest(request)
    catalog = snapshot.catalog
    may_see = access(request)
    reasons: dict[str, dict[str, str]] = {}
    for (asset, metric), reason in catalog.gaps.items():
        if (asset, metric) not in catalog.ranges:
            reasons.setdefault(metric, {})[asset] = reason
    metrics = [_metric(metric, catalog, reasons.get(metric, {})) for metric in catalog.metrics if may_see(metric)]
    body: dict[str, Any] = {
        **told_of(request, snapshot),
        "assets": [{"id": asset, "name": catalog.assets[asset].name} for asset in catalog.by_asset],
        "exchanges": catalog.exchanges,
        "metrics": metrics,
    }
    return JSONResponse(body)


@router.get("/page/epochs")
def epochs(request: Request) -> Response:
    """The days of the chain's first block and of those with which its subsidy was halved."""
    interval = load_parameters(request.app.state.chain).halving_interval
    heights = [interval * number for number in range(_HALVINGS + 1)]
    with newest(request).cursor() as cursor:
        found = cursor.execute(
            f"select day from published.blocks where asset = 'btc' and height in {tuple(heights)} order by height"
        ).fetchall()
    return JSONResponse({"days": [day.isoformat() for (day,) in found]})


@router.get("/page/gaps")
def gaps(request: Request, asset: str, metric: str) -> Response:
    """The days on which a metric of an asset has no value, in runs of the same reason: first day, last day, reason."""
    snapshot = newest(request)
    if metric not in snapshot.catalog.metrics:
        raise NotSupportedError("metric", metric)
    allowed([metric], access(request), ignore_forbidden=False)
    with snapshot.cursor() as cursor:
        found = cursor.execute(
            "select time, reason from published.metric_gaps where asset = ? and metric = ? order by time",
            [asset_id(asset), metric],
        ).fetchall()
    runs: list[tuple[date, date, str]] = []
    for day, reason in found:
        if runs and runs[-1][1] + timedelta(days=1) == day and runs[-1][2] == reason:
            runs[-1] = (runs[-1][0], day, reason)
        else:
            runs.append((day, day, reason))
    return JSONResponse({"runs": [[first.isoformat(), last.isoformat(), reason] for first, last, reason in runs]})


@router.get("/page/sql/{model}")
def sql(model: str) -> Response:
    """The SQL of the model that a metric comes from."""
    text = model_texts().get(model)
    if text is None:
        raise ApiError(404, "not_found", f"There is no model '{model[:100]}'.")
    return PlainTextResponse(text)


def _metric(metric: str, catalog: Catalog, without: dict[str, str]) -> dict[str, Any]:
    """A metric with its range of days by asset, and the known reasons for assets without values."""
    about = catalog.metrics[metric]
    ranges = {asset: catalog.ranges[asset, metric] for asset in catalog.by_metric.get(metric, ())}
    return {
        "id": metric,
        "name": about.name,
        "description": about.description,
        "unit": about.unit,
        "category": about.category,
        "subcategory": about.subcategory,
        "exchange": about.exchange,
        "labelled": catalog.labelled(about),
        "source_model": about.source_model,
        "assets": {asset: [r.first.isoformat(), r.last.isoformat()] for asset, r in ranges.items()},
        "without": without,
    }
