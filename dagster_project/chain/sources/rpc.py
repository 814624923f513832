"""The JSON-RPC client of a Bitcoin node: bitcoin-etl's, with credentials kept apart, backoff and clear errors."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec
import requests
from bitcoinetl.rpc.bitcoin_rpc import BitcoinRpc
from requests.adapters import HTTPAdapter
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, stop_after_delay, wait_exponential_jitter

from dagster_project.errors import SatledgerError, SourceChangedError
from dagster_project.settings import Settings

TIMEOUT_SECONDS = 60
# Waits of about 0.25, 0.5, 1, 2 and 4 seconds: longer than a node needs to work off a full queue.
ATTEMPTS, PATIENCE_SECONDS = 6, 90
IN_WARMUP, OUT_OF_RANGE, NOT_FOUND = -28, -8, -5


class BusyNodeError(Exception):
    """The node did not answer this time, but may do so soon."""


class SlowNodeError(Exception):
    """The node did not answer in time."""


class NodeRpc(BitcoinRpc):
    """bitcoin-etl's client for one node; may be used by several threads.

    The user and the password never become part of a URL, so that no message or log line of any library can hold them.
    """

    def __init__(self, settings: Settings) -> None:
        address, self._user = split_credentials(settings.node_url.get_secret_value())
        super().__init__(address, TIMEOUT_SECONDS)
        self._cookie = settings.node_cookie
        self._decoder = msgspec.json.Decoder(float_hook=Decimal)
        self._session = requests.Session()
        # As many connections as threads, else the pool drops and reopens them.
        adapter = HTTPAdapter(pool_maxsize=settings.node_workers + 1)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)

    def batch(self, commands: list[list[Any]]) -> list[Any]:
        """Results of some commands (each a method and its parameters), in order.

        Raises:
            SourceChangedError: a block asked for is no longer there.
            SatledgerError: the node cannot be reached, refuses the credentials, or cannot answer.
        """
        calls = [
            {"jsonrpc": "2.0", "id": number, "method": command[0], "params": command[1:]}
            for number, command in enumerate(commands)
        ]
        retrying = Retrying(
            retry=retry_if_exception_type(BusyNodeError),
            stop=stop_after_attempt(ATTEMPTS) | stop_after_delay(PATIENCE_SECONDS),
            wait=wait_exponential_jitter(multiplier=0.25, max=8, jitter=0.25),
            reraise=True,
        )
        try:
            return retrying(self._request, calls)
        except SlowNodeError as error:
            if len(commands) == 1:
                raise self._gave_up(error) from None
        except BusyNodeError as error:
            raise self._gave_up(error) from None
        # Several large blocks may take longer than the timeout, where each alone does not.
        half = len(commands) // 2
        return self.batch(commands[:half]) + self.batch(commands[half:])

    def _gave_up(self, error: Exception) -> SatledgerError:
        return SatledgerError(
            f"The node at {self.provider_uri} {error}: see that it runs and accepts RPC calls (server=1, rpcport, "
            "rpcallowip), then start again."
        )

    def call(self, method: str, *parameters: Any) -> Any:  # noqa: ANN401 (JSON)
        """Result of one command; errors as ``batch``."""
        return self.batch([[method, *parameters]])[0]

    def rest_block(self, name: str) -> bytes | None:
        """The raw block with a hash over the node's REST interface, or None where it does not answer there."""
        try:
            response = self._session.get(f"{self.provider_uri.rstrip('/')}/rest/block/{name}.bin", timeout=self.timeout)
        except requests.RequestException:
            return None
        return response.content if response.status_code == requests.codes.ok else None

    def _request(self, calls: list[dict[str, Any]]) -> list[Any]:
        try:
            response = self._session.post(
                self.provider_uri, data=json.dumps(calls), auth=self._credentials(), timeout=self.timeout
            )
        except requests.Timeout:
            raise SlowNodeError(f"did not answer within {self.timeout} seconds") from None
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
            raise BusyNodeError("cannot be reached") from None
        except requests.RequestException as error:
            # The name of the error only: its text may quote what was sent.
            raise SatledgerError(
                f"The node at {self.provider_uri} cannot be asked ({type(error).__name__}): correct SATLEDGER_NODE_URL."
            ) from None
        if response.status_code in (401, 403):
            raise SatledgerError(
                f"The node at {self.provider_uri} refuses the credentials: correct user and password in "
                "SATLEDGER_NODE_URL, or point SATLEDGER_NODE_COOKIE to the .cookie file of its data folder."
            )
        if response.status_code == 503:
            raise BusyNodeError("has more requests than its queue holds (rpcworkqueue)")
        try:
            # As bitcoin-etl decodes it, amounts as exact decimals, in half the time.
            answers = self._decoder.decode(response.content)
        except ValueError:
            raise BusyNodeError(f"did not answer with JSON (HTTP status {response.status_code})") from None
        if isinstance(answers, dict):  # one error for the whole batch
            answers = [answers] * len(calls)
        return [self._result(call, answer) for call, answer in zip(calls, answers, strict=True)]

    def _result(self, call: dict[str, Any], answer: dict[str, Any]) -> Any:  # noqa: ANN401 (JSON)
        error = answer.get("error")
        if not error:
            return answer["result"]
        code, message = error.get("code"), str(error.get("message"))
        what = f"{call['method']}{tuple(call['params'])}"
        if code == IN_WARMUP:
            raise BusyNodeError(f"is still starting ({message})")
        if code in (OUT_OF_RANGE, NOT_FOUND):
            raise SourceChangedError(
                f"The node no longer has the block of {what} ({message}): its chain was reorganised while it was read; "
                "start the build again."
            )
        if "pruned" in message.lower():
            raise SatledgerError(
                f"The node has pruned the block of {what}: use a node with the whole chain (prune=0), or the source "
                "files or public-dataset for those days."
            )
        raise SatledgerError(f"The node at {self.provider_uri} answers {what} with error {code}: {message}.")

    def _credentials(self) -> tuple[str, str]:
        if self._cookie is None:
            return self._user
        # Read anew each time: a node that was restarted has another one.
        return _read_cookie(self._cookie)


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
    """A node's address without, and its user and password.

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
