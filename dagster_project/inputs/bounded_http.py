"""HTTP answers with limits of size and time, whatever the service sends."""

import time
from collections.abc import Iterator

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

# Headers to send with a request: an answer that is not compressed cannot grow when it is decoded.
NOT_COMPRESSED = {"Accept-Encoding": "identity"}
_CHUNK_BYTES = 1 << 16


class LongAnswerError(Exception):
    """An answer has more bytes than it may have."""


def bounded_body(answer: requests.Response, most_bytes: int, seconds: float) -> bytes:
    """The raw body of an answer that was asked for with ``stream=True``; it is not decompressed.

    Args:
        answer: the answer.
        most_bytes: how long the body may be.
        seconds: how long the body may take. ``requests`` itself limits only each wait for some bytes.

    Raises:
        LongAnswerError: it is longer.
        requests.Timeout: it takes longer.
        requests.ConnectionError: the connection was lost.
    """
    give_up = time.monotonic() + seconds
    chunks: list[bytes] = []
    received = 0
    for chunk in _chunks(answer):
        received += len(chunk)
        if received > most_bytes:
            raise LongAnswerError
        if time.monotonic() > give_up:
            raise requests.Timeout
        chunks.append(chunk)
    return b"".join(chunks)


def _chunks(answer: requests.Response) -> Iterator[bytes]:
    try:
        while chunk := answer.raw.read1(_CHUNK_BYTES):
            yield chunk
    except (TimeoutError, ReadTimeoutError) as error:
        raise requests.Timeout from error
    except (HTTPError, OSError) as error:
        raise requests.ConnectionError from error
