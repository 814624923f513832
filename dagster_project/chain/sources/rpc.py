"""The JSON-RPC client of a Bitcoin node, with credentials kept apart, backoff and clear errors."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec
import requests
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, stop_after_delay, wait_exponential_jitter

from dagster_project.chain.sources.rpc_answers import (
    BATCH,
    MOST_BLOCK_BYTES,
    Answer,
    ErrorBody,
    ImpossibleAnswerError,
    decoded,
    readable,
)
from dagster_project.chain.sources.rpc_witnesses import refuse_other_witnesses
from dagster_project.chain.sources.timed_http import LongAnswerError, SlowAnswerError, TimedSession
from dagster_project.errors import SatledgerError, SourceChangedError, UnreachableError
from dagster_project.progress import tells_waits
from dagster_project.settings import Settings

# Time limit of a request, from the first byte sent to the last byte of its answer. The second is for a short check
# whether the node answers.
TIMEOUT_SECONDS, GLANCE_SECONDS = 60, 10
# Limit of an answer. The longest one of a healthy node is a block full of tiny outputs, each with its details.
MOST_BYTES = 256 << 20
# Waits of about 0.25, 0.5, 1, 2 and 4 seconds: longer than a node needs to work off a full queue.
ATTEMPTS, PATIENCE_SECONDS = 6, 90
IN_WARMUP, OUT_OF_RANGE, NOT_FOUND = -28, -8, -5


class BusyNodeError(Exception):
    """The node did not answer this time, but may do so soon."""


class PrunedError(SatledgerError):
    """The node has pruned the block."""


class LargeRequestError(Exception):
    """The node did not answer in time, or with more bytes than the limit; a smaller request may succeed."""


class NodeRpc:
    """The client of one node; several threads may use it. bitcoin-etl's jobs use it in place of their own.

    The user and the password never become part of a URL, so that no message or log line of any library can hold them.

    Attributes:
        provider_uri: the node's address, without user and password.
        timeout: seconds that a request may take in all.
        patient: whether the node is asked again where it did not answer, and has a long time limit.
    """

    def __init__(self, settings: Settings, *, patient: bool = True) -> None:
        self.provider_uri, self._user = split_credentials(settings.node_url.get_secret_value())
        self.timeout = TIMEOUT_SECONDS if patient else GLANCE_SECONDS
        self.patient = patient
        self._cookie = settings.node_cookie
        # As many connections as threads, else the pool drops and reopens them.
        self._session = TimedSession(settings.node_workers + 1)

    def batch(self, commands: list[list[Any]]) -> list[Any]:
        """Results of some commands (each a method and its parameters), in order.

        Raises:
            SourceChangedError: a block asked for is no longer there.
            SatledgerError: the node cannot be reached, refuses the credentials, cannot answer, or answers as no node
                does (``rpc_answers``).
        """
        calls = [
            {"jsonrpc": "2.0", "id": number, "method": command[0], "params": command[1:]}
            for number, command in enumerate(commands)
        ]
        retrying = Retrying(
            retry=retry_if_exception_type(BusyNodeError),
            stop=stop_after_attempt(ATTEMPTS if self.patient else 1) | stop_after_delay(PATIENCE_SECONDS),
            wait=wait_exponential_jitter(multiplier=0.25, max=8, jitter=0.25),
            before_sleep=tells_waits(f"The node at {self.provider_uri}"),
            reraise=True,
        )
        try:
            return retrying(self._request, calls)
        except LargeRequestError as error:
            # Several large blocks may take longer than the timeout where each alone does not. They are asked for one by
            # one, not in halves: a node that never answers then costs two time limits, not ten.
            if len(commands) == 1 or commands[0][0] != "getblock" or not self.patient:
                raise self._gave_up(error) from None
        except BusyNodeError as error:
            raise self._gave_up(error) from None
        return [result for command in commands for result in self.batch([command])]

    def _gave_up(self, error: Exception) -> UnreachableError:
        return UnreachableError(
            f"The node at {self.provider_uri} {error}: see that it runs and accepts RPC calls (server=1, rpcport, "
            "rpcallowip), then start again."
        )

    def call(self, method: str, *parameters: Any) -> Any:  # noqa: ANN401 (JSON)
        """Result of one command; errors as ``batch``."""
        return self.batch([[method, *parameters]])[0]

    def rest_block(self, name: str) -> bytes | None:
        """The raw block with a hash over the node's REST interface, or None where it does not answer there.

        Raises:
            SatledgerError: the answer does not end in time, or is longer than a block.
        """
        url = f"{self.provider_uri.rstrip('/')}/rest/block/{name}.bin"
        try:
            status, body = self._session.send("GET", url, seconds=self.timeout, most_bytes=MOST_BLOCK_BYTES)
        except SlowAnswerError as error:
            raise self._gave_up(error) from None
        except LongAnswerError:
            raise self.impossible(f"REST for block {name}", f"more than {MOST_BLOCK_BYTES} bytes") from None
        except requests.RequestException:
            return None
        return body if status == requests.codes.ok else None

    def _request(self, calls: list[dict[str, Any]]) -> list[Any]:
        status, body = self._exchange(calls)
        if status in (401, 403):
            raise SatledgerError(
                f"The node at {self.provider_uri} refuses the credentials: correct user and password in "
                "SATLEDGER_NODE_URL, or point SATLEDGER_NODE_COOKIE to the .cookie file of its data folder."
            )
        if status == 503:
            raise BusyNodeError("has more requests than its queue holds (rpcworkqueue)")
        try:
            answers = BATCH.decode(body)
        except msgspec.ValidationError as error:
            raise self.impossible(_named(calls), readable(str(error))) from None
        except (ValueError, RecursionError):
            raise BusyNodeError(f"did not answer with JSON (HTTP status {status})") from None
        if isinstance(answers, Answer):
            if answers.error is None:
                raise self.impossible(_named(calls), "one answer that is no error, where a list of answers is due")
            raise self._refused(calls[0], answers.error)  # one error for the whole batch
        return [self._result(call, answer) for call, answer in zip(calls, self._in_order(calls, answers), strict=True)]

    def _exchange(self, calls: list[dict[str, Any]]) -> tuple[int, bytes]:
        try:
            return self._session.send(
                "POST",
                self.provider_uri,
                seconds=self.timeout,
                most_bytes=MOST_BYTES,
                data=json.dumps(calls),
                auth=self._credentials(),
            )
        except SlowAnswerError as error:
            if error.dripping:
                raise self._gave_up(error) from None
            raise LargeRequestError(str(error)) from None
        except LongAnswerError:
            raise LargeRequestError(f"answers {_named(calls)} with more than {MOST_BYTES >> 20} MiB") from None
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
            raise BusyNodeError("cannot be reached") from None
        except requests.RequestException as error:
            # The name of the error only: its text may quote what was sent.
            raise SatledgerError(
                f"The node at {self.provider_uri} cannot be asked ({type(error).__name__}): correct SATLEDGER_NODE_URL."
            ) from None

    def _in_order(self, calls: list[dict[str, Any]], answers: list[Answer]) -> list[Answer]:
        """The answers in the order of the calls; each call has exactly one."""
        by_id = {answer.id: answer for answer in answers}
        if len(answers) != len(calls) or by_id.keys() != set(range(len(calls))):
            shown = ", ".join(str(answer.id)[:20] for answer in answers[:12])
            raise self.impossible(
                _named(calls), f"{len(answers)} answers (ids {shown or 'none'}) to {len(calls)} questions"
            )
        return [by_id[number] for number in range(len(calls))]

    def _result(self, call: dict[str, Any], answer: Answer) -> Any:  # noqa: ANN401 (JSON)
        if answer.error is not None:
            raise self._refused(call, answer.error)
        if not bytes(answer.result):
            raise self.impossible(_named([call]), "neither a result nor an error")
        try:
            found = decoded(call["method"], call["params"], answer.result)
            if call["method"] == "getblock" and call["params"][1:] == [2]:
                refuse_other_witnesses(found)
            return found
        except ImpossibleAnswerError as error:
            raise self.impossible(_named([call]), str(error)) from None

    def _refused(self, call: dict[str, Any], error: ErrorBody) -> Exception:
        """The exception for an error that the node answers with."""
        # Some nodes' messages have line breaks, and a false node could send control characters to the terminal.
        code, message = error.code, " ".join("".join(filter(_is_plain, error.message)).split())[:300]
        what = f"{call['method']}{tuple(call['params'])}"
        if code == IN_WARMUP:
            return BusyNodeError(f"is still starting ({message})")
        if code in (OUT_OF_RANGE, NOT_FOUND):
            return SourceChangedError(
                f"The node no longer has the block of {what} ({message}): its chain was reorganised while it was read; "
                "start the build again."
            )
        if "pruned" in message.lower():
            return PrunedError(
                f"The node has pruned the block of {what}: use a node with the whole chain (prune=0), or the source "
                "files or public-dataset for those days."
            )
        return SatledgerError(f"The node at {self.provider_uri} answers {what} with error {code}: {message}.")

    def impossible(self, what: str, reason: str) -> SatledgerError:
        """The error to raise where the node answers as no Bitcoin node does."""
        return SatledgerError(
            f"The node at {self.provider_uri} answers {what} as no Bitcoin node does ({reason}): see that "
            "SATLEDGER_NODE_URL is a Bitcoin node's and that nothing changes its answers on the way, or use another "
            "node."
        )

    def _credentials(self) -> tuple[str, str]:
        if self._cookie is None:
            return self._user
        # Read each time: a node that was restarted has another cookie.
        return _read_cookie(self._cookie)


def _is_plain(character: str) -> bool:
    return character.isprintable() or character.isspace()


def _named(calls: list[dict[str, Any]]) -> str:
    """What was asked, in short."""
    first = " ".join(map(str, [calls[0]["method"], *calls[0]["params"]]))
    return first if len(calls) == 1 else f"{first} and {len(calls) - 1} more"


def _read_cookie(path: Path) -> tuple[str, str]:
    try:
        user, _, password = path.read_text(encoding="utf-8").strip().partition(":")
    except OSError as error:
        raise SatledgerError(
            f"The node's cookie file {path} cannot be read ({error.strerror}): see that the node runs and that "
            "SATLEDGER_NODE_COOKIE points to the .cookie file in its data folder."
        ) from None
    return user, password


def split_credentials(url: str) -> tuple[str, tuple[str, str]]:
    """A node's address without its credentials, and the user and password.

    Raises:
        SatledgerError: it is no address; the message does not repeat it.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if host is None or parts.scheme not in ("http", "https"):
        raise SatledgerError(
            "SATLEDGER_NODE_URL is not an address like http://user:password@127.0.0.1:8332: correct it (special "
            "characters of the password have to be percent-encoded)."
        )
    authority = (f"[{host}]" if ":" in host else host) + ("" if port is None else f":{port}")
    return f"{parts.scheme}://{authority}{parts.path}", (unquote(parts.username or ""), unquote(parts.password or ""))
