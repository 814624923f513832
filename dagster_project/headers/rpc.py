"""HTTP requests to a node: bounded retries, and errors that never show its password."""

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
import tenacity
from requests.auth import AuthBase

from dagster_project.errors import SatledgerError
from dagster_project.inputs.bounded_http import NOT_COMPRESSED, LongAnswerError, bounded_body
from dagster_project.progress import tells_waits

Result = TypeVar("Result")
Call = dict[str, Any]

ATTEMPTS = 5
TIMEOUT = 120
# The most bytes of an answer, and the most seconds for it in all: it may hold several blocks with all transactions.
MOST_BYTES, MOST_SECONDS = 1 << 30, 600
WARMING_UP = -28
DENIED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


class RpcError(Exception):
    """The node answered with an error of its own; ``code`` is JSON-RPC's."""

    def __init__(self, error: object) -> None:
        super().__init__(str(error))
        self.code = error.get("code") if isinstance(error, dict) else None


def shown(url: str) -> str:
    """Return a node's address without user and password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")


def with_retries(call: Callable[[], Result], asset: str, url: str) -> Result:
    """Call a node; retry after 1, 2, 4 and 8 seconds if it cannot be reached, is overloaded or still starting.

    Raises:
        RpcError: the node answered that it does not know or cannot do this.
        SatledgerError: the node cannot be reached, or denies access.
    """
    # Errors are raised without their causes on purpose: requests puts the whole address, with the password, into them.
    node = f"The {asset} node at {shown(url)}"
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception(_passing),
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        wait=tenacity.wait_exponential(max=8),
        before_sleep=tells_waits(node, _why),
        reraise=True,
    )
    try:
        return retrying(call)
    except requests.HTTPError as error:
        status = error.response.status_code if error.response is not None else None
        if status in DENIED:
            raise SatledgerError(f"{node} denies access: check SATLEDGER_HEADER_NODES.") from None
        raise SatledgerError(f"{node} answers with status {status}: check SATLEDGER_HEADER_NODES.") from None
    except requests.RequestException as error:
        reason = type(error).__name__
        raise SatledgerError(
            f"{node} cannot be reached ({reason}): start it, or check SATLEDGER_HEADER_NODES."
        ) from None


def _passing(error: BaseException) -> bool:
    if isinstance(error, RpcError):
        return error.code == WARMING_UP
    if isinstance(error, requests.HTTPError):
        status = error.response.status_code if error.response is not None else 0
        return status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return isinstance(error, requests.ConnectionError | requests.Timeout)


def _why(error: BaseException) -> str:
    """The reason of a temporary error, in our words, because the error's own text may hold the password."""
    if isinstance(error, RpcError):
        return "is still starting"
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"answers with status {error.response.status_code}"
    return f"cannot be reached ({type(error).__name__})"


def post(session: requests.Session, url: str, call: Call | list[Call], auth: AuthBase | None = None) -> object:
    """Send a JSON-RPC call, or a list of them, and return the decoded answer; amounts of coins are exact decimals.

    Raises:
        requests.RequestException: there is no answer, or it has an error status.
        RpcError: the answer is not JSON, or too long.
    """
    with session.post(url, json=call, timeout=TIMEOUT, auth=auth, headers=NOT_COMPRESSED, stream=True) as answer:
        answer.raise_for_status()
        try:
            return json.loads(bounded_body(answer, MOST_BYTES, MOST_SECONDS), parse_float=Decimal)
        except LongAnswerError:
            raise RpcError(f"an answer of more than {MOST_BYTES >> 20} MB") from None
        except (ValueError, RecursionError):
            raise RpcError("no answer in JSON") from None


def results(answers: object, count: int) -> list[Any]:
    """Return the results of a batch in the order of its calls, whose ids are 0, 1, 2 and so on.

    Raises:
        RpcError: the answer to one of them is an error, or missing.
    """
    if not isinstance(answers, Sequence):
        raise RpcError(answers.get("error") if isinstance(answers, dict) else answers)
    by_id = {answer.get("id"): answer for answer in answers}
    failed = [by_id.get(number, {}) for number in range(count) if by_id.get(number, {}).get("result") is None]
    if failed:
        raise RpcError(failed[0].get("error") or "no result")
    return [by_id[number]["result"] for number in range(count)]
