"""`/graphql`: takes documents by POST and answers them."""

import json
import logging
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ariadne import ScalarType, graphql_sync, load_schema_from_path, make_executable_schema
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from graphql import GraphQLError
from starlette.concurrency import run_in_threadpool

from serving.graphql.context import Context
from serving.graphql.limits import MAX_BYTES, parse_limited
from serving.graphql.metric import metric_type
from serving.graphql.moments import parse_interval, parse_moment, print_moment
from serving.graphql.query import project_type, query_type, user_type
from serving.state import newest

_LOG = logging.getLogger("serving")
# Callers' mistakes are answered, not logged; what fails in the server is logged below.
_MISTAKES = logging.getLogger("serving.graphql.mistakes")
_MISTAKES.setLevel(logging.CRITICAL + 1)

Json = Any

router = APIRouter()


def _print_json(value: Json) -> Json:
    """Values as JSON has them; days become datetimes."""
    if isinstance(value, list):
        return [_print_json(item) for item in value]
    if isinstance(value, dict):
        return {name: _print_json(item) for name, item in value.items()}
    return print_moment(value) if isinstance(value, date | datetime) else value


SCHEMA = make_executable_schema(
    load_schema_from_path(str(Path(__file__).with_name("schema.graphql"))),
    query_type,
    metric_type,
    project_type,
    user_type,
    ScalarType("DateTime", serializer=print_moment, value_parser=parse_moment),
    ScalarType("Interval", serializer=str, value_parser=parse_interval),
    ScalarType("Json", serializer=_print_json),
)


@router.post("/graphql", include_in_schema=False)
@router.post("/graphql/", include_in_schema=False)
async def graphql(request: Request) -> Response:
    """Answer a document; errors come with status 200, in GraphQL's own form."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BYTES:
            return _refused(413, f"The request is larger than {MAX_BYTES} bytes.")
    try:
        asked = json.loads(bytes(body))
    except (ValueError, RecursionError):
        return _refused(400, "The request is not JSON: send an object with the key query.")
    if not isinstance(asked, dict) or not isinstance(asked.get("query"), str):
        return _refused(400, "The request has no document: send an object with the key query, a string.")
    return await run_in_threadpool(_answer, request, asked)


def _answer(request: Request, asked: dict[str, Any]) -> Response:
    context = Context(newest(request), request.state.caller, request.app.state.limits)
    _, result = graphql_sync(
        SCHEMA,
        {name: asked.get(name) for name in ("query", "variables", "operationName")},
        context_value=context,
        query_parser=lambda _context, data: parse_limited(data["query"]),
        error_formatter=_formatted,
        logger=_MISTAKES,
    )
    return JSONResponse(result)


def _formatted(error: GraphQLError, _debug: bool) -> dict[str, Any]:
    """An error as the caller sees it: what is wrong with the document, but never what is wrong with the server."""
    original = error.original_error
    if original is not None and not isinstance(original, GraphQLError):
        _LOG.error("a resolver failed", exc_info=original)
        return {**error.formatted, "message": "The server could not answer; its log says why."}
    return dict(error.formatted)


def _refused(status: int, message: str) -> Response:
    return JSONResponse({"errors": {"details": message}}, status_code=status)
