"""HTTP requests with limits of time and size for the whole answer.

The time limit of ``requests`` covers only each wait for some bytes: an answer that comes in slowly never reaches it.
"""

import socket
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

CHUNK_BYTES = 1 << 16
# If an answer comes in more slowly than this, asking for smaller parts would not help.
DRIPPING_BYTES_A_SECOND = 1_000

_running = threading.local()


class SlowAnswerError(Exception):
    """The time limit passed before the answer was complete.

    Attributes:
        dripping: whether the answer had begun, but came in too slowly.
    """

    def __init__(self, seconds: float, *, dripping: bool) -> None:
        super().__init__(f"did not {'finish its answer' if dripping else 'answer'} within {seconds:g} seconds")
        self.dripping = dripping


class LongAnswerError(Exception):
    """The answer has more bytes than it may have."""


class _TimeLimit:
    """Closes the connection of this thread's request when the time is up."""

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._socket: socket.socket | None = None
        self._changing = threading.Lock()
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> "_TimeLimit":
        _running.limit = self
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        _running.limit = None
        with self._changing:
            self._socket = None

    def watch(self, connection: socket.socket | None) -> None:
        """Set the connection over which the answer comes."""
        with self._changing:
            self._socket = connection
        if self.passed:
            self._shut()

    def _end(self) -> None:
        self.passed = True
        self._shut()

    def _shut(self) -> None:
        with self._changing:
            if self._socket is not None:
                # It may have been closed by the other side at this moment.
                with suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)


def _watch(connection: HTTPConnection) -> None:
    limit = getattr(_running, "limit", None)
    if limit is not None:
        limit.watch(connection.sock)


class _Connection(HTTPConnection):
    def getresponse(self) -> Any:  # noqa: ANN401 (as urllib3's own)
        _watch(self)
        return super().getresponse()


class _SecureConnection(HTTPSConnection):
    def getresponse(self) -> Any:  # noqa: ANN401 (as urllib3's own)
        _watch(self)
        return super().getresponse()


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection  # pyright: ignore[reportAssignmentType] (a protocol that urllib3 itself breaks)


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection  # pyright: ignore[reportAssignmentType] (likewise)


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 (as requests' own)
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


class TimedSession:
    """Sends requests, several at a time if need be, and keeps the connections for those that follow.

    Args:
        connections: how many connections are kept.
    """

    def __init__(self, connections: int) -> None:
        self._session = requests.Session()
        # An answer that is not compressed cannot grow when it is decoded.
        self._session.headers["Accept-Encoding"] = "identity"
        adapter = _Adapter(pool_maxsize=connections)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)

    def send(
        self,
        method: str,
        url: str,
        *,
        seconds: float,
        most_bytes: int,
        data: str | None = None,
        auth: tuple[str, str] | None = None,
    ) -> tuple[int, bytes]:
        """Send a request, and return the answer's status and body.

        Args:
            method: GET or POST.
            url: where to.
            seconds: time limit of the whole.
            most_bytes: how long the body may be.
            data: what to send.
            auth: user and password.

        Raises:
            SlowAnswerError: the time was up.
            LongAnswerError: the body is too long.
            requests.RequestException: there is no answer.
        """
        began, received = 0.0, 0
        chunks: list[bytes] = []
        with _TimeLimit(seconds) as limit:
            try:
                with self._session.request(method, url, data=data, auth=auth, timeout=seconds, stream=True) as response:
                    began = time.monotonic()
                    body: BaseHTTPResponse = response.raw
                    # As the bytes come: reading in pieces of a fixed length waits until each is full.
                    while chunk := body.read1(CHUNK_BYTES):
                        chunks.append(chunk)
                        received += len(chunk)
                        if received > most_bytes:
                            raise LongAnswerError
                    status = response.status_code
            except (requests.RequestException, HTTPError, OSError) as error:
                if limit.passed or isinstance(error, requests.Timeout):
                    raise SlowAnswerError(seconds, dripping=_drips(began, received)) from None
                if isinstance(error, requests.RequestException):
                    raise
                raise requests.ConnectionError from error
            if limit.passed:  # a body without a length ends like this where its connection is shut
                raise SlowAnswerError(seconds, dripping=_drips(began, received))
        return status, b"".join(chunks)


def _drips(began: float, received: int) -> bool:
    return bool(began) and received < DRIPPING_BYTES_A_SECOND * (time.monotonic() - began)
