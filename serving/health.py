"""`/health` and `/ready`, for monitoring; they need no key."""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from serving.errors import ApiError
from serving.published import Published
from serving.rest.documented import ERROR

router = APIRouter(tags=["Operation"])

_NOT_KEPT = {"cache-control": "no-store"}
_READY: dict[str, Any] = {
    "type": "object",
    "required": ["status", "last_day", "last_day_age_days", "published_at", "published_age_seconds", "unproven_days"],
    "properties": {
        "status": {"type": "string"},
        "last_day": {"type": "string", "format": "date"},
        "last_day_age_days": {"type": "integer"},
        "published_at": {"type": "string", "format": "date-time"},
        "published_age_seconds": {"type": "integer"},
        "unproven_days": {"type": "integer"},
    },
}
_ALIVE: dict[str, Any] = {"type": "object", "required": ["status"], "properties": {"status": {"type": "string"}}}


def _documented(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


@router.get("/health", response_class=Response, responses={200: _documented("The server is alive.", _ALIVE)})
async def health() -> Response:
    """Whether the server is alive; says nothing about the data."""
    return JSONResponse({"status": "alive"}, headers=_NOT_KEPT)


@router.get(
    "/ready",
    response_class=Response,
    responses={
        200: _documented("There is data: its last day, and how old it is.", _READY),
        503: _documented("There is none, or the newest copy cannot be read; the message says why.", ERROR),
    },
)
def ready(request: Request) -> Response:
    """Whether the published copy is there; its last day and its age.

    `last_day_age_days` counts the days from the last day to today (UTC), `published_age_seconds` the seconds since the
    copy was put in place. `unproven_days` are days that lack a part of the proof that others have; the
    table `unproven_days` of the copy says what was not proven, and why.
    """
    published: Published = request.app.state.published
    snapshot, problem = published.newest_or_problem()
    last_day = snapshot.catalog.last_day
    if problem is None and last_day is None:
        problem = "The published copy has no day with values yet: run `satledger build`."
    if problem is not None or last_day is None:
        raise ApiError(503, "not_ready", str(problem), _NOT_KEPT)
    now = datetime.now(UTC)
    body = {
        "status": "ready",
        "last_day": last_day.isoformat(),
        "last_day_age_days": (now.date() - last_day).days,
        "published_at": snapshot.published_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "published_age_seconds": int((now - snapshot.published_at).total_seconds()),
        "unproven_days": snapshot.unproven.days if snapshot.unproven else 0,
    }
    return JSONResponse(body, headers=_NOT_KEPT)
