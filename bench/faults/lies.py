"""Wrong answers and failures of a node, made by a proxy in front of it."""

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from random import Random
from typing import Any

from tests.chain.witness_chain import ENCODER, Call, Proxy

Lie = Callable[[Proxy, Random], None]


def lie_from(proxy: Proxy, begins: int, lie: Lie, drawn: Random) -> None:
    """Make a proxy change answers once it has had ``begins`` requests."""

    def honest_at_first(handler: BaseHTTPRequestHandler, calls: list[Call], answers: list[Any]) -> bytes | None:
        if len(proxy.asked) < begins:
            return None
        if proxy.reply is honest_at_first:
            lie(proxy, drawn)
        return None if proxy.reply is honest_at_first else proxy.reply(handler, calls, answers)

    proxy.reply = honest_at_first


def _status(code: int) -> Lie:
    def lie(proxy: Proxy, drawn: Random) -> None:
        del drawn

        def reply(handler: BaseHTTPRequestHandler, _calls: list[Call], _answers: list[Any]) -> bytes:
            handler.send_response(code)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return b""

        proxy.reply = reply

    return lie


def _hang_up(proxy: Proxy, drawn: Random) -> None:
    del drawn

    def reply(handler: BaseHTTPRequestHandler, _calls: list[Call], _answers: list[Any]) -> bytes:
        handler.close_connection = True
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
        return b""

    proxy.reply = reply


def _cut(proxy: Proxy, drawn: Random) -> None:
    def reply(_handler: BaseHTTPRequestHandler, _calls: list[Call], answers: list[Any]) -> bytes:
        body = ENCODER.encode(answers)
        return body[: drawn.randrange(1, len(body))]

    proxy.reply = reply


def _nothing(proxy: Proxy, drawn: Random) -> None:
    del drawn
    proxy.change = lambda call, result: None if call["method"] == "getblock" else result


def _other_digit(proxy: Proxy, drawn: Random) -> None:
    """Another digit in one of the raw blocks, or in one of the ids that stand in answers."""

    def change(call: Call, result: Any) -> Any:  # noqa: ANN401 (JSON)
        if call["method"] not in ("getblock", "getblockheader") or not isinstance(result, str | dict):
            return result
        if isinstance(result, str):
            place = drawn.randrange(len(result))
            return result[:place] + f"{int(result[place], 16) ^ 1:x}" + result[place + 1 :]
        names = sorted(name for name, value in result.items() if isinstance(value, int | str) and value != "")
        name = drawn.choice(names)
        value = result[name]
        return result | {name: value + 1 if isinstance(value, int) else _other(value)}

    proxy.change = change


def _other(text: str) -> str:
    return text[:-1] + ("1" if text[-1] == "0" else "0")


LIES: dict[str, Lie] = {
    "answers with status 500": _status(500),
    "answers with status 503": _status(503),
    "answers with status 401": _status(401),
    "hangs up in the middle of an answer": _hang_up,
    "sends the beginning of an answer": _cut,
    "has no blocks": _nothing,
    "says something else of its blocks": _other_digit,
}
