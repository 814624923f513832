"""Page tokens: where a page ended, tied to the request that it belongs to."""

import base64
import binascii
import hashlib
import json
from urllib.parse import urlencode

from fastapi import Request

from serving.errors import NotSupportedError

Key = tuple[str, ...]

# Parameters that change the form of an answer, or the caller, but not the rows.
_FREE = {"api_key", "next_page_token", "page_size", "pretty", "format"}


def make_token(request: Request, edge: Key) -> str:
    """The token of the page that follows a row with this key."""
    return base64.urlsafe_b64encode(json.dumps([_digest(request), *edge]).encode()).decode().rstrip("=")


def read_token(request: Request, token: str | None, length: int) -> Key | None:
    """The key that a token holds.

    Raises:
        BadParameterError: it is no token, or one of another request.
    """
    if token is None:
        return None
    try:
        digest, *edge = json.loads(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise NotSupportedError("next_page_token", token) from None
    if digest != _digest(request) or len(edge) != length or not all(isinstance(part, str) for part in edge):
        raise NotSupportedError("next_page_token", token)
    return tuple(edge)


def next_page_url(request: Request, token: str) -> str:
    """The request's own URL with a token; the key stays in, so that the URL works as it is."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "next_page_token"]
    return f"{request.url.replace(query=None)}?{urlencode([*kept, ('next_page_token', token)])}"


def _digest(request: Request) -> str:
    asked = sorted((name, value) for name, value in request.query_params.multi_items() if name not in _FREE)
    return hashlib.sha256(json.dumps([request.url.path, asked]).encode()).hexdigest()[:16]
