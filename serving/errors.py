"""Errors that a caller sees, in the shape that Coin Metrics documents."""

from fastapi.responses import JSONResponse


class ApiError(Exception):
    """An error response.

    Attributes:
        status: HTTP status code.
        kind: the documented ``error.type``.
        message: one sentence for the caller.
        headers: sent along with the answer.
    """

    def __init__(self, status: int, kind: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message
        self.headers = headers or {}

    def response(self) -> JSONResponse:
        """The answer; its content type is exactly ``application/json``, which the official client compares."""
        body = {"error": {"type": self.kind, "message": self.message}}
        return JSONResponse(body, status_code=self.status, headers=self.headers)


class BadParameterError(ApiError):
    """A parameter's name or value is wrong; the message names the parameter in quotes."""

    def __init__(self, parameter: str, problem: str) -> None:
        super().__init__(400, "bad_parameter", f"Bad parameter '{parameter}'. {problem}")
        self.parameter = parameter


class NotSupportedError(BadParameterError):
    """A value that a parameter does not support."""

    def __init__(self, parameter: str, value: str) -> None:
        super().__init__(parameter, f"Value '{shortened(value)}' is not supported.")


class ForbiddenError(ApiError):
    """The caller's key has no access to at least one of the metrics asked for."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(403, "forbidden", f"This API key has no access to: {shortened(', '.join(names))}.")


class UnreadableError(ApiError):
    """A file of the published copy is damaged; the log says which file and what to do."""

    def __init__(self) -> None:
        super().__init__(
            503, "service_unavailable", "The data cannot be read at the moment: the server's log says why."
        )


def shortened(text: str, limit: int = 200) -> str:
    """A value as a message quotes it: whole, unless it is longer than ``limit`` characters."""
    return text if len(text) <= limit else f"{text[:limit]}..."
