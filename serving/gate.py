"""Checks on every request: length of its URL, API key, rate limit; and the headers that every answer gets."""

import json
import logging
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dagster_project.errors import SatledgerError
from serving.addresses import origin
from serving.errors import ApiError
from serving.failed_keys import FailedKeys
from serving.hosts import Hosts
from serving.keys import EVERYONE, Caller, KeyFile, anonymous
from serving.rate_limits import RateLimits

MAX_ADDRESS = 10_000
_GRAPHQL = "/graphql"
_LOG = logging.getLogger("serving")

# The pages and the documentation contain no data, so they need no key.
_GUARDED = ("/v4/", _GRAPHQL, "/page/", "/sql")
# As at Santiment, the catalogue is open to everyone; values need a key.
_OPEN_CATALOGUE = (_GRAPHQL, "/page/")


class Gate:
    """ASGI middleware in front of all routes."""

    def __init__(self, app: ASGIApp, keys: KeyFile | None, limits: RateLimits, hosts: Hosts) -> None:
        """Guard an application.

        Args:
            app: what to guard.
            keys: the keys that callers must have; None where everyone may ask.
            limits: counts the requests of every key.
            hosts: names under which it may be asked.
        """
        self._app = app
        self._keys = keys
        self._limits = limits
        self._hosts = hosts
        self._failed = FailedKeys()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or answer in its place."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {"x-content-type-options": "nosniff"}
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                named = [(name.encode(), value.encode()) for name, value in headers.items()]
                message = {**message, "headers": [*message["headers"], *named]}
            await send(message)

        try:
            headers |= self._admit(scope)
            await self._app(scope, receive, sending)
        except ApiError as error:
            await _refuse(error, scope, receive, sending)
        except ClientDisconnect:
            # The client is gone.
            return
        except Exception:
            # The stack trace goes to the log only. An answer that has begun cannot be replaced by an error.
            _LOG.exception("%s %s failed", scope["method"], scope["path"])
            if started:
                raise
            broken = ApiError(500, "internal_error", "The server could not answer; its log says why.")
            await _refuse(broken, scope, receive, sending)

    def _admit(self, scope: Scope) -> dict[str, str]:
        """Check a request and store its caller; return headers for the answer.

        Raises:
            ApiError: it may not pass.
        """
        scope.setdefault("state", {})["caller"] = EVERYONE
        path = scope["path"]
        if len(scope.get("raw_path") or path) + len(scope["query_string"]) > MAX_ADDRESS:
            raise ApiError(414, "uri_too_long", f"The address is longer than {MAX_ADDRESS} characters.")
        self._hosts.check(scope)
        if self._keys is None or not path.startswith(_GUARDED):
            return {}
        caller = self._caller(scope, self._keys)
        scope["state"]["caller"] = caller
        allowance = self._limits.take(caller)
        if allowance is None:
            return {}
        if not allowance.granted:
            raise _too_many(allowance.reset_seconds, "", allowance.headers())
        return allowance.headers()

    def _caller(self, scope: Scope, keys: KeyFile) -> Caller:
        key = _given_key(scope)
        if not key and scope["path"].startswith(_OPEN_CATALOGUE):
            return anonymous(origin(scope))
        if not key:
            raise ApiError(401, "unauthorized", "An API key is needed: give it as the parameter 'api_key'.")
        try:
            caller = keys.find(key)
        except SatledgerError:
            _LOG.exception("the file of API keys cannot be read")
            raise ApiError(500, "internal_error", "The server cannot check API keys; its log says why.") from None
        if caller is not None:
            return caller
        wait = self._failed.count(origin(scope))
        if wait:
            raise _too_many(wait, " Too many wrong API keys came from this address.", {"x-ratelimit-reset": str(wait)})
        raise ApiError(401, "wrong_credentials", "The API key is not valid.")


def _given_key(scope: Scope) -> str | None:
    """The key in the query (Coin Metrics), or in the header `Authorization: Apikey ...` (Santiment)."""
    for name, value in parse_qsl(scope["query_string"].decode("latin-1")):
        if name == "api_key":
            return value
    for name, value in scope["headers"]:
        scheme, _, key = value.decode("latin-1").partition(" ")
        if name == b"authorization" and scheme.lower() == "apikey":
            return key.strip()
    return None


def _too_many(wait: int, why: str, headers: dict[str, str]) -> ApiError:
    """The refusal of a request that comes too early, with the wait that both vendors' clients keep."""
    return ApiError(429, "rate_limit", f"API Rate Limit Reached. Try again in {wait} seconds.{why}", headers)


async def _refuse(error: ApiError, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer in the shape of the interface that was asked."""
    if not scope["path"].startswith(_GRAPHQL):
        if error.status == 429:
            # Not for GraphQL: there the HTTP transport would retry before the client sees the error.
            error.headers["retry-after"] = error.headers["x-ratelimit-reset"]
        await error.response()(scope, receive, send)
        return
    body = json.dumps({"errors": {"details": error.message}}).encode()
    headers = {"content-type": "application/json", "content-length": str(len(body)), **error.headers}
    start = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": error.status, "headers": start})
    await send({"type": "http.response.body", "body": body})
