"""Query parameters given more than once: lists are joined, repeated single values are refused."""

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.routing import APIRoute

from serving.errors import BadParameterError, shortened
from serving.rest.parameters import LISTS


class RestRoute(APIRoute):
    """A route that is handed every parameter once.

    Left to itself the framework would take the last of several values and say nothing.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of a request whose lists are joined."""
        handle = super().get_route_handler()

        async def handle_joined(request: Request) -> Response:
            return await handle(_joined(request))

        return handle_joined


def _joined(request: Request) -> Request:
    """The request with each list in one piece.

    Raises:
        BadParameterError: a parameter that takes a single value has several.
    """
    given = request.query_params.multi_items()
    values: dict[str, str] = {}
    for name, value in given:
        if name in values and name not in LISTS:
            raise BadParameterError(shortened(name), "It is given more than once and takes a single value.")
        values[name] = f"{values[name]},{value}" if name in values else value
    if len(values) == len(given):
        return request
    return Request({**request.scope, "query_string": urlencode(values).encode()}, request.receive)
