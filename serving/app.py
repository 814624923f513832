"""The application: all routes, and errors in their documented shape."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response, WebSocket
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware

from dagster_project.settings import Chain
from serving import health, metrics
from serving.connections import Counts
from serving.errors import ApiError
from serving.gate import Gate
from serving.graphql import endpoint
from serving.head import Head
from serving.hosts import Hosts
from serving.keys import KeyFile
from serving.metrics import Measured, registry_of
from serving.page import add_page
from serving.published import Published
from serving.rate_limits import RateLimits
from serving.rest import catalogs, timeseries
from serving.rest.absent import nothing_at
from serving.rest.explorer import routes as explorer
from serving.rest.ledger import routes as ledger
from serving.sql import endpoint as sql_endpoint
from serving.sql.run import SqlRunner
from serving.validation import as_bad_parameter

# Response headers that scripts of other origins may read (CORS).
_READABLE = ("x-next-page-url", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after")


def create_app(
    published: Published,
    keys: KeyFile | None = None,
    dbt_docs: Path | None = None,
    chain: Chain = Chain.MAINNET,
    cors_origins: Sequence[str] = (),
    allowed_hosts: Sequence[str] = ("*",),
    counts: Counts | None = None,
    sql: SqlRunner | None = None,
) -> FastAPI:
    """Make the application.

    Args:
        published: the data.
        keys: the API keys that callers must have; None where everyone may ask.
        dbt_docs: folder of the static files that `dbt docs generate` made; None or missing: a page says how to.
        chain: the chain that the data is of; the page names every other than mainnet.
        cors_origins: origins whose pages may ask from a browser, ``*`` for all; none by default.
        allowed_hosts: names under which it may be asked, ``*`` for all.
        counts: of the connections that the server keeps, for its metrics.
        sql: runs callers' own queries; None where they have no SQL.
    """
    app = FastAPI(
        title="satledger",
        description="Daily metrics of a Bitcoin ledger that balances, in the shape of the Coin Metrics API v4.",
        version="4",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    limits = RateLimits()
    app.state.published = published
    app.state.limits = limits
    app.state.registry = registry_of(published, counts or Counts())
    for router in (timeseries.router, catalogs.router, ledger.router, explorer.router):
        app.include_router(router, prefix="/v4")
    if sql:
        app.state.sql = sql
        app.include_router(sql_endpoint.router)
    app.include_router(endpoint.router)
    app.include_router(health.router)
    app.include_router(metrics.router)
    add_page(app, dbt_docs, chain)
    app.add_api_websocket_route("/{path:path}", _refuse_stream)
    app.openapi = lambda: _document(app)
    app.add_middleware(GZipMiddleware, minimum_size=1_000, compresslevel=2)
    app.add_middleware(Head)
    app.add_middleware(Gate, keys=keys, limits=limits, hosts=Hosts(allowed_hosts))
    app.add_middleware(Measured, registry=app.state.registry)
    if cors_origins:
        # Outermost: refusals need CORS headers too, and preflight requests come without a key.
        app.add_middleware(
            CORSMiddleware,
            allow_origins=cors_origins,
            allow_methods=("GET", "HEAD", "POST"),
            allow_headers=("authorization", "content-type"),
            expose_headers=_READABLE,
        )
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    return app


def _document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, without FastAPI's own form of validation errors, which is never answered."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        for path in document["paths"].values():
            for operation in path.values():
                operation["responses"].pop("422", None)
        for name in ("HTTPValidationError", "ValidationError"):
            document["components"]["schemas"].pop(name, None)
        app.openapi_schema = document
    return app.openapi_schema


async def _api_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return error.response()


async def _validation_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return as_bad_parameter(error).response()


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    match error.status_code:
        case 404:
            return _nothing_at(request.url.path).response()
        case 405:
            allowed = headers.get("Allow", "another method")
            message = f"{request.method} is not possible at {request.url.path[:200]}: it takes {allowed}."
            return ApiError(405, "method_not_allowed", message, headers).response()
        case status:
            return ApiError(status, "bad_request", f"{error.detail}.", headers).response()


def _nothing_at(path: str) -> ApiError:
    return ApiError(404, "not_found", nothing_at(path))


async def _refuse_stream(websocket: WebSocket) -> None:
    """Refuse WebSocket connections, which the vendor offers at some paths."""
    await websocket.send_denial_response(_nothing_at(websocket.url.path).response())
