"""`/graphql`: takes documents by POST and answers them."""

import json
import logging
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from graphql import ExecutionResult, GraphQLError, execute, get_operation_ast, validate
from starlette.concurrency import run_in_threadpool

from serving.errors import UnreadableError
from serving.graphql.context import Context
from serving.graphql.intervals import parse_interval
from serving.graphql.limits import MAX_BYTES, parse_limited
from serving.graphql.metric import metric_type
from serving.graphql.moments import parse_moment, print_moment
from serving.graphql.numbers import print_whole
from serving.graphql.query import project_type, query_type, user_type
from serving.graphql.resolvers import Scalar, make_schema
from serving.graphql.variables import check_variables, values_in_camel_case, with_camel_case
from serving.state import newest

_LOG = logging.getLogger("serving")
_FAILED = "The server could not answer; its log says why."

router = APIRouter()

SCHEMA = make_schema(
    Path(__file__).with_name("schema.graphql").read_text(encoding="utf-8"),
    [query_type, metric_type, project_type, user_type],
    {
        "DateTime": Scalar(print_moment, parse_moment),
        "interval": Scalar(str, parse_interval),
        "json": Scalar(lambda value: value),
    },
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
    try:
        result = _run(asked, context)
    except GraphQLError as error:
        result = ExecutionResult(None, [error])
    answer: dict[str, Any] = {} if result.data is None else {"data": print_whole(result.data)}
    if result.errors:
        answer["errors"] = [_formatted(error) for error in result.errors]
    return JSONResponse(answer)


def _run(asked: dict[str, Any], context: Context) -> ExecutionResult:
    """Check a document and its variables, and run it.

    Raises:
        GraphQLError: the document is malformed or too large, or a variable has a wrong value.
    """
    given, name = asked.get("variables"), asked.get("operationName")
    if given is not None and not isinstance(given, dict):
        raise GraphQLError("The variables must be an object, by name.")
    if name is not None and not isinstance(name, str):
        raise GraphQLError("The operationName must be a string.")
    document = with_camel_case(parse_limited(asked["query"]))
    if errors := validate(SCHEMA, document):
        return ExecutionResult(None, errors)
    values = {variable: values_in_camel_case(value) for variable, value in (given or {}).items()}
    if operation := get_operation_ast(document, name):
        check_variables(SCHEMA, operation, values)
    result = execute(SCHEMA, document, context_value=context, variable_values=values, operation_name=name)
    assert isinstance(result, ExecutionResult)
    return result


def _formatted(error: GraphQLError) -> dict[str, Any]:
    """An error as the caller sees it: problems of the document in full, internal errors without their details."""
    original = error.original_error
    if isinstance(original, UnreadableError):
        return {**error.formatted, "message": original.message}
    if original is not None and not isinstance(original, GraphQLError):
        _LOG.error("a resolver failed", exc_info=original)
        return {**error.formatted, "message": _FAILED}
    return dict(error.formatted)


def _refused(status: int, message: str) -> Response:
    return JSONResponse({"errors": {"details": message}}, status_code=status)
