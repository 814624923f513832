"""Schemas of the answers, for the OpenAPI document."""

from typing import Any

ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["error"],
    "additionalProperties": False,
    "properties": {
        "error": {
            "type": "object",
            "required": ["type", "message"],
            "properties": {"type": {"type": "string"}, "message": {"type": "string"}},
        }
    },
}

_ERRORS = {
    400: "A parameter's name or value is wrong; the message names it.",
    401: "The API key is missing or not valid.",
    403: "The API key has no access to at least one of the metrics.",
    404: "There is nothing at this path.",
    414: "The address is longer than 10,000 characters.",
    429: "Too many requests, or wrong API keys; `x-ratelimit-reset` says in how many seconds to try again.",
}

ROW = {
    "type": "object",
    "required": ["asset", "time"],
    "properties": {"asset": {"type": "string"}, "time": {"type": "string", "format": "date-time"}},
    "additionalProperties": {"type": ["string", "null"]},
}
OBJECT = {"type": "object"}

Responses = dict[int | str, dict[str, Any]]


def responses(
    item: dict[str, Any], *, csv: bool = False, stream: bool = True, paged: bool = True, whole: bool = False
) -> Responses:
    """What an endpoint answers: a list of items in its forms, or one item as a whole, and the errors in theirs."""
    properties: dict[str, Any] = {"data": {"type": "array", "items": item}}
    if paged:
        properties |= {"next_page_token": {"type": "string"}, "next_page_url": {"type": "string"}}
    envelope = {"type": "object", "required": ["data"], "properties": properties, "additionalProperties": False}
    content: dict[str, Any] = {"application/json": {"schema": item if whole else envelope}}
    if stream:
        content["application/x-ndjson"] = {"schema": {"type": "string"}}
    if csv:
        content["text/csv"] = {"schema": {"type": "string"}}
    errors = {
        code: {"description": text, "content": {"application/json": {"schema": ERROR}}}
        for code, text in _ERRORS.items()
    }
    return {200: {"description": "The items asked for.", "content": content}, **errors}
