"""Bounds on connections: how many there are, and how long each may take to send a request and to read its answer.

The server itself has none of these: thousands of half-sent requests stayed open for ever, and as many as it may have
open files kept everyone else out.
"""

import asyncio
import json
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

_LOOK_SECONDS = 0.5


class Phase(StrEnum):
    """What a connection waits for."""

    HEAD = "head"
    BODY = "body"
    ANSWER = "answer"
    READER = "reader"


@dataclass(frozen=True)
class Limits:
    """Bounds on connections.

    Attributes:
        connections: how many there may be.
        head_seconds: from the first moment of a connection, or the end of an answer, to the end of a request's headers.
        body_seconds: from there to the end of its body.
        reader_seconds: how long a client may leave what was sent to it unread.
        head_bytes: of a request's headers, and its address.
    """

    connections: int = 500
    head_seconds: float = 10
    body_seconds: float = 30
    reader_seconds: float = 60
    head_bytes: int = 65_536

    def seconds(self, phase: Phase) -> float | None:
        """How long a phase may last; None without end: the server's own work."""
        return {
            Phase.HEAD: self.head_seconds,
            Phase.BODY: self.body_seconds,
            Phase.READER: self.reader_seconds,
        }.get(phase)


@dataclass
class Counts:
    """What was done to connections since the server was started.

    Attributes:
        open: connections that are there.
        late: closed because a request or a reader took too long.
        displaced: closed while they waited, to make room for a new one.
        refused: turned away because all others were being answered.
    """

    open: int = 0
    late: int = 0
    displaced: int = 0
    refused: int = 0


def bounded(limits: Limits, counts: Counts) -> type[asyncio.Protocol]:
    """A protocol for uvicorn that keeps the bounds, and counts."""

    class Bounded(_Bounded):
        _limits, _counts = limits, counts

    return Bounded


class _Bounded(HttpToolsProtocol):
    """uvicorn's protocol, watched from outside."""

    _limits: Limits
    _counts: Counts
    _refused = False
    _unread = False
    # Bytes of a request whose headers have not ended.
    _head_bytes = 0
    # Requests that are not answered; more than one where a client does not wait for answers.
    _cycles: tuple[RequestResponseCycle, ...] = ()
    _state: tuple[Phase, object] = (Phase.HEAD, ())
    since: float = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection in, if need be in place of the one that has kept the server waiting longest."""
        waiting = [each for each in self.connections if isinstance(each, _Bounded) and each.phase is not Phase.ANSWER]
        if len(self.connections) >= self._limits.connections:
            if not waiting:
                self._refused = True
                self._counts.refused += 1
                transport.write(_answer(503, "service_unavailable", "Too many requests are being answered: try again."))
                transport.close()
                return
            min(waiting, key=lambda each: each.since).displace()
        self.since = self.loop.time()
        super().connection_made(transport)
        self._counts.open = len(self.connections)
        self._timer = self.loop.call_later(_LOOK_SECONDS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        if self._timer is not None:
            self._timer.cancel()
        if self._refused:
            return
        super().connection_lost(exc)
        # uvicorn tells the last one alone: the others would write, and leave a stack in the log.
        for cycle in self._cycles:
            cycle.disconnected = True
            cycle.message_event.set()
        self._counts.open = len(self.connections)

    def on_headers_complete(self) -> None:
        """A request begins."""
        super().on_headers_complete()
        if self.cycle is not None and self.cycle not in self._cycles:
            self._cycles = (*(each for each in self._cycles if not each.response_complete), self.cycle)

    def data_received(self, data: bytes) -> None:
        """Hand on what came."""
        if not self._refused and not self.transport.is_closing():
            super().data_received(data)
            self._head_bytes = self._head_bytes + len(data) if self.phase is Phase.HEAD else 0
            if self._head_bytes > self._limits.head_bytes and not self.transport.is_closing():
                self.transport.write(_answer(431, "headers_too_large", "The headers of the request are too large."))
                self.transport.close()

    def pause_writing(self) -> None:
        """The client does not read."""
        self._unread = True
        super().pause_writing()

    def resume_writing(self) -> None:
        """The client reads on."""
        self._unread = False
        super().resume_writing()

    @property
    def phase(self) -> Phase:
        """What it waits for now."""
        if self._unread:
            return Phase.READER
        cycles = [each for each in self._cycles if not each.response_complete]
        if not cycles:
            return Phase.HEAD
        return Phase.BODY if len(cycles) == 1 and cycles[0].more_body else Phase.ANSWER

    def displace(self) -> None:
        """Close it for the sake of another."""
        self._counts.displaced += 1
        self.connections.discard(self)
        self.transport.abort()

    def _look(self) -> None:
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            return
        state = (self.phase, self._cycles)
        now = self.loop.time()
        if state != self._state:
            self._state, self.since = state, now
        allowed = self._limits.seconds(self.phase)
        if allowed is not None and now - self.since > allowed:
            self._counts.late += 1
            self._close_late()
            return
        self._timer = self.loop.call_later(_LOOK_SECONDS, self._look)

    def _close_late(self) -> None:
        phase = self.phase
        started = any(each.response_started and not each.response_complete for each in self._cycles)
        if phase is Phase.READER or (phase is Phase.BODY and started):
            self.transport.abort()
            return
        if phase is Phase.BODY or self._head_bytes:
            what = "headers" if phase is Phase.HEAD else "body"
            allowed = self._limits.seconds(phase)
            message = f"The {what} of the request did not come within {allowed:g} seconds."
            self.transport.write(_answer(408, "request_timeout", message))
        self.transport.close()


def _answer(status: int, kind: str, message: str) -> bytes:
    """An answer of the server itself, in the shape that all errors have."""
    reason = HTTPStatus(status).phrase
    body = json.dumps({"error": {"type": kind, "message": message}}).encode()
    head = (
        f"HTTP/1.1 {status} {reason}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
        "connection: close\r\n\r\n"
    )
    return head.encode() + body
