"""HEAD wherever GET is: the same status and headers, without the body."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class _EndedError(Exception):
    """Raised inside the application to stop an answer before its body."""


class Head:
    """ASGI middleware that has the application answer HEAD as GET and ends it before the body."""

    def __init__(self, app: ASGIApp) -> None:
        """Serve an application that knows GET only."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] != "http.response.body":
                await send(message)
                return
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            raise _EndedError

        try:
            await self._app({**scope, "method": "GET"}, receive, sending)
        except _EndedError:
            return
