"""The pages beside the chart: metrics, the ledger; and what every page tells of the data."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, JSONResponse

from dagster_project.settings import Chain
from serving.about_metric import about
from serving.errors import ApiError, shortened
from serving.published import Snapshot
from serving.rest.explorer.flows import traced
from serving.rest.ledger.cursor import reading
from serving.rest.repeated import RestRoute
from serving.rest.selection import allowed
from serving.served_files import HEADERS, STATIC
from serving.state import access, newest

# Notices for data that is not Bitcoin's.
_NOTES = {
    Chain.SAMPLE: "Synthetic data of the sample chain: these values belong to no real chain.",
    Chain.TESTNET4: "Data of a test network (testnet4).",
    Chain.SIGNET: "Data of a test network (signet).",
    Chain.REGTEST: "Data of a test network (regtest).",
}

router = APIRouter(include_in_schema=False, route_class=RestRoute)


@router.get("/metric")
@router.get("/metric/{metric}")
def metric_page(metric: str | None = None) -> Response:
    """The page of a metric, or without one that finds metrics; who asks for one that is not there is told by it."""
    return FileResponse(STATIC / "metric.html", headers=HEADERS)


@router.get("/explore")
def graphql_page() -> Response:
    """GraphiQL, on the GraphQL interface."""
    return FileResponse(STATIC / "explore.html", headers=HEADERS)


@router.get("/editor")
def editor_page(request: Request) -> Response:
    """The editor of SQL, where callers may ask in SQL."""
    if not hasattr(request.app.state, "sql"):
        raise ApiError(404, "not_found", "SQL is not served here: `satledger serve --sql` turns it on.")
    return FileResponse(STATIC / "editor.html", headers=HEADERS)


@router.get("/page/metric/{metric}")
def about_metric(request: Request, metric: str) -> Response:
    """What the page of a metric tells of it."""
    snapshot = newest(request)
    if metric not in snapshot.catalog.metrics:
        raise ApiError(404, "not_found", f"There is no metric '{shortened(metric)}' here.")
    may_see = access(request)
    allowed([metric], may_see, ignore_forbidden=False)
    with reading(snapshot) as cursor:
        followed = list(snapshot.catalog.blocks) if traced(metric, cursor) else []
    found = about(snapshot.catalog.metrics[metric], snapshot, may_see)
    return JSONResponse({**found, "followed_down": followed})


@router.get("/explorer")
def explorer_page() -> Response:
    """The page of the ledger's blocks, transactions, accounts and labels, and of what flows are made of."""
    return FileResponse(STATIC / "explorer.html", headers=HEADERS)


@router.get("/page/about")
def about_data(request: Request) -> Response:
    """What every page says of the data, and which pages there are."""
    body: dict[str, Any] = told_of(request, newest(request))
    return JSONResponse(body)


def told_of(request: Request, snapshot: Snapshot) -> dict[str, Any]:
    """The days of the data, notices where it is not Bitcoin's, and whether SQL is served."""
    catalog = snapshot.catalog
    # The reference rate reaches one day beyond the last complete day.
    days = [(r.first, r.last) for (_, metric), r in catalog.ranges.items() if not catalog.metrics[metric].days_ahead]
    notes = [each for each in (_NOTES.get(request.app.state.chain), snapshot.unproven) if each]
    return {
        "note": " ".join(map(str, notes)) or None,
        "days": [min(first for first, _ in days).isoformat(), max(last for _, last in days).isoformat()]
        if days
        else None,
        "sql": hasattr(request.app.state, "sql"),
    }
