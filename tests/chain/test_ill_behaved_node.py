"""Answers that no Bitcoin node gives: one sentence for each, in time, and nothing in the lake."""

import json
import re
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from dagster_project.chain.assets import update_lake
from dagster_project.chain.sources import open_source
from dagster_project.chain.sources import rpc as rpc_module
from dagster_project.days import Days
from dagster_project.errors import SatledgerError
from dagster_project.settings import Settings
from tests.chain.lake import lake_files, leftovers, make_settings
from tests.chain.witness_chain import ENCODER, Call, Proxy, WitnessChain, send

# Until the sentence is there, on a machine that does much else meanwhile.
PATIENCE_SECONDS = 60


def reading(home: Path, proxy: Proxy, reader: str) -> Settings:
    """Settings that read the proxy's node."""
    return make_settings(
        home=home, chain="regtest", source="node", node_url=proxy.url, node_reader=reader, min_confirmations=0,
        node_batch=4,
    )  # fmt: skip


def refused(settings: Settings, chain: WitnessChain) -> str:
    """The sentence that a build of the chain's day ends with; it has to come in time, and nothing may be written."""
    raised: list[BaseException] = []

    def build() -> None:
        try:
            update_lake(settings, open_source(settings), Days(chain.day, chain.day))
        except BaseException as error:  # noqa: BLE001 (looked at below)
            raised.append(error)

    thread = threading.Thread(target=build, daemon=True)
    thread.start()
    thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive(), "no answer: it hangs"
    assert len(raised) == 1, "nothing was refused"
    assert isinstance(raised[0], SatledgerError), repr(raised[0])
    sentence = str(raised[0])
    assert "\n" not in sentence and sentence.endswith(".") and len(sentence) < 700, sentence
    assert lake_files(settings) == {} if settings.lake.is_dir() else True
    assert leftovers(settings) == []
    return sentence


def at(path: str, value: object) -> Callable[[Any], Any]:
    """A change of what stands at a path such as ``tx.1.vout.0.value``; of the whole where it is empty."""

    def change(result: Any) -> Any:  # noqa: ANN401 (JSON)
        if not path:
            return value
        *parents, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        part = result
        for step in parents:
            part = part[step]
        if value is ABSENT:
            del part[last]
        else:
            part[last] = value
        return result

    return change


ABSENT = object()
INFO, HEADER, BLOCK, HASH, NETWORK = (
    "getblockchaininfo", "getblockheader", "getblock", "getblockhash", "getnetworkinfo",
)  # fmt: skip

# Method, place in its result, what stands there instead, and what the sentence says.
RESULTS: dict[str, tuple[str, str, object, str]] = {
    f"{method} that is {json.dumps(value)[:9]}": (method, "", value, rf"answers {method}.* as no Bitcoin node does")
    for method in (INFO, HEADER, BLOCK, HASH, NETWORK)
    for value in (None, 5, True, "text", [], [None], {})
}
RESULTS |= {
    f"{method} without {name}": (method, name, ABSENT, f"object missing required field {name}")
    for method, names in {
        INFO: ("chain", "blocks", "headers", "bestblockhash"),
        HEADER: ("height", "hash", "time", "mediantime", "nTx", "version", "merkleroot", "bits", "nonce"),
        BLOCK: ("hash", "height", "size", "strippedsize", "weight", "version", "merkleroot", "time", "nonce", "tx"),
        NETWORK: ("subversion",),
    }.items()
    for name in names
}  # fmt: skip
RESULTS |= {
    f"{method} with {name} {value!r}": (method, name, value, rf"{name}: expected .*")
    for method, name, value in (
        (INFO, "blocks", True), (INFO, "blocks", -1), (INFO, "headers", "7"), (INFO, "bestblockhash", "00"),
        (HEADER, "height", -1), (HEADER, "height", 1 << 31), (HEADER, "time", Decimal("1.5")), (HEADER, "nTx", 0),
        (HEADER, "mediantime", None), (HEADER, "bits", "zz"), (HEADER, "hash", "F" * 64), (HEADER, "nonce", 1 << 32),
        (BLOCK, "bits", "zz"), (BLOCK, "bits", 5), (BLOCK, "nonce", 1 << 32), (BLOCK, "nonce", -1),
        (BLOCK, "version", 1 << 32), (BLOCK, "version", -(1 << 31) - 1), (BLOCK, "weight", 4_000_001),
        (BLOCK, "weight", 0), (BLOCK, "size", 1 << 40), (BLOCK, "size", "7"), (BLOCK, "height", True),
        (BLOCK, "merkleroot", "0"), (BLOCK, "time", -5), (BLOCK, "tx", []),
    )
}  # fmt: skip
VALUES = {
    "true": (True, "transaction 0, output 0: its value is 'True', not a number"),
    "a text": ("5", "transaction 0, output 0: its value is '5', not a number"),
    "a list": ([1], r"its value is '\[1\]', not a number"),
    "null": (None, "its value is absent"),
    "no value": (ABSENT, "transaction 0, output 0: object missing required field value"),
    "a twentieth of a satoshi": (Decimal("5e-9"), "its value 5E-9 is not a whole number of satoshi"),
    "half a satoshi more": (Decimal("50.000000005"), "its value 50.000000005 is not a whole number of satoshi"),
    "below 0": (Decimal("-0.00000001"), "its value is -1e-8, which no output can have"),
    "more than there is": (Decimal("21000000.00000001"), r"its value is \S+, which no output can have"),
    "beyond a double": (Decimal("1e400"), r"its value is 1e\+400, which no output can have"),
    "beyond all numbers": (10**400, r"its value is \S+, which no output can have"),
}
RESULTS |= {f"a value: {name}": (BLOCK, "tx.0.vout.0.value", *rest) for name, rest in VALUES.items()}
RESULTS |= {
    "an output's place": (BLOCK, "tx.0.vout.0.n", 1, "transaction 0, output 0: its n is 1"),
    "a script that is a number": (BLOCK, "tx.0.vout.0.scriptPubKey.hex", 5, "output 0 scriptPubKey hex: expected str"),
    "no script": (BLOCK, "tx.0.vout.0.scriptPubKey", ABSENT, "missing required field scriptPubKey"),
    "a script of other digits": (BLOCK, "tx.0.vout.0.scriptPubKey.hex", "zz", r"\w+"),
    "no inputs": (BLOCK, "tx.0.vin", [], "transaction 0 vin: expected array of length >= 1"),
    "no coinbase": (BLOCK, "tx.0.vin.0.coinbase", ABSENT, "transaction 0: it is not a coinbase"),
    "no sequence": (BLOCK, "tx.0.vin.0.sequence", ABSENT, "transaction 0, input 0: object missing required field"),
    "no txid": (BLOCK, "tx.0.txid", ABSENT, "transaction 0: object missing required field txid"),
    "a short txid": (BLOCK, "tx.0.txid", "ab", "transaction 0 txid: expected str of length >= 64"),
    "a transaction that is null": (BLOCK, "tx.0", None, "transaction 0: expected object, got null"),
    "nTx of one answer": (HEADER, "nTx", 77, r"Block \d+ \(\w+\) is said to have 77 transactions beside its header"),
    "the header's time in one answer": (HEADER, "time", 1_700_000_000, r"Block \d+: its header .* has the hash \w+"),
    "the header's median time": (HEADER, "mediantime", 1_700_000_000, r"is said to have the median time 1700000000"),
    "the header's height": (HEADER, "height", 3, r"Block \d+ is \w+ as the node says, but .* the height 3"),
    "bits above the limit": (BLOCK, "bits", "ffffffff", r"Block \d+: its header .* has the hash"),
}


@pytest.mark.parametrize(("method", "path", "value", "sentence"), RESULTS.values(), ids=RESULTS)
def test_a_result_that_is_none(
    tmp_path: Path, witness_chain: WitnessChain, proxy: Proxy, method: str, path: str, value: object, sentence: str
) -> None:
    change = at(path, value)
    proxy.change = lambda call, result: change(result) if call["method"] == method else result
    told = refused(reading(tmp_path, proxy, "bitcoin-etl"), witness_chain)
    assert re.search(sentence, told), told


Reply = Callable[[BaseHTTPRequestHandler, list[Call], list[Any]], bytes | None]


def of_blocks(write: Callable[[list[Any]], bytes]) -> Reply:
    """A reply that changes only answers with several blocks, or several of their headers."""
    return lambda _, calls, answers: (
        write(answers) if len(calls) > 1 and calls[0]["method"] in (BLOCK, HEADER) else None
    )


def dumped(value: object) -> bytes:
    """JSON with its decimals as numbers."""
    return ENCODER.encode(value)


BATCHES: dict[str, tuple[Callable[[list[Any]], bytes], str]] = {
    "null": (lambda _: b"null", r"expected object \| array, got null"),
    "a number": (lambda _: b"5", "got int"),
    "a text": (lambda _: b'"text"', "got str"),
    "an empty list": (lambda _: b"[]", r"0 answers \(ids none\) to \d+ questions"),
    "a list of null": (lambda _: b"[null]", "expected object, got null"),
    "an empty object": (lambda _: b"{}", "one answer that is no error"),
    "a single result": (lambda _: b'{"result": 5}', "one answer that is no error"),
    "empty objects": (lambda answers: dumped([{} for _ in answers]), "answers"),
    "one too few": (lambda answers: dumped(answers[:-1]), r"\d+ answers \(ids .*\) to \d+ questions"),
    "one too many": (lambda answers: dumped([*answers, answers[-1]]), r"\d+ answers \(ids .*\) to \d+ questions"),
    "one twice": (lambda answers: dumped([answers[0], *answers[:-1]]), r"\d+ answers \(ids 0, 0.*\) to \d+ questions"),
    "ids that are others": (
        lambda answers: dumped([answer | {"id": answer["id"] + 1} for answer in answers]),
        r"\d+ answers \(ids 1, 2.*\) to \d+ questions",
    ),
    "ids that are true": (lambda answers: dumped([answer | {"id": True} for answer in answers]), "got bool"),
    "no results": (lambda answers: dumped([{"id": a["id"]} for a in answers]), "neither a result nor an error"),
    "results that are null": (lambda answers: dumped([a | {"result": None} for a in answers]), r"null"),
    "an error that is a text": (lambda answers: dumped([a | {"error": "boom"} for a in answers]), "expected object"),
    "an error without an id": (
        lambda _: b'{"error": {"code": -1, "message": "boom"}, "id": null, "result": null}',
        "with error -1: boom",
    ),
    "nested too deeply": (
        lambda answers: b'[{"id": 0, "result": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]",
        "did not answer with JSON",
    ),
    "no UTF-8": (lambda _: b'[{"id": 0, "result": "\xff"}]', "did not answer with JSON|as no Bitcoin node does"),
}


@pytest.mark.parametrize("reader", ["bitcoin-etl", "raw"])
@pytest.mark.parametrize(("write", "sentence"), BATCHES.values(), ids=BATCHES)
def test_a_batch_of_answers_that_is_none(
    tmp_path: Path,
    witness_chain: WitnessChain,
    proxy: Proxy,
    monkeypatch: pytest.MonkeyPatch,
    reader: str,
    write: Callable[[list[Any]], bytes],
    sentence: str,
) -> None:
    monkeypatch.setattr(rpc_module, "ATTEMPTS", 2)
    proxy.reply = of_blocks(write)
    told = refused(reading(tmp_path, proxy, reader), witness_chain)
    assert re.search(sentence, told), told


def test_answers_in_another_order_are_put_in_order(tmp_path: Path, witness_chain: WitnessChain, proxy: Proxy) -> None:
    straight, reverse = reading(tmp_path / "a", proxy, "bitcoin-etl"), reading(tmp_path / "b", proxy, "bitcoin-etl")
    days = Days(witness_chain.day, witness_chain.day)
    update_lake(straight, open_source(straight), days)
    proxy.reply = lambda _handler, _calls, answers: ENCODER.encode(answers[::-1])
    update_lake(reverse, open_source(reverse), days)
    assert lake_files(straight) == lake_files(reverse) != {}


@pytest.mark.parametrize("reader", ["bitcoin-etl", "raw"])
@pytest.mark.parametrize("part", ["body", "head"])
def test_an_answer_that_drips(
    tmp_path: Path, witness_chain: WitnessChain, proxy: Proxy, monkeypatch: pytest.MonkeyPatch, reader: str, part: str
) -> None:
    def drip(handler: BaseHTTPRequestHandler, calls: list[Call], answers: list[Any]) -> bytes | None:
        if calls[0]["method"] != BLOCK:
            return None
        if part == "body":
            send(handler, b" " * 3_000, seconds_a_byte=0.1)
        else:
            for byte in b"HTTP/1.1 200 OK\r\nX-Drops: " + b"." * 3_000:
                handler.wfile.write(bytes([byte]))
                time.sleep(0.1)
        return b""

    settings = reading(tmp_path, proxy, reader)
    proxy.reply = drip
    # A request of that many seconds; on each read it would never end, for a byte comes every tenth of a second.
    monkeypatch.setattr(rpc_module, "TIMEOUT_SECONDS", 3)
    began = time.monotonic()
    told = refused(settings, witness_chain)
    assert re.search(r"did not (finish its )?answer within 3 seconds", told), told
    assert time.monotonic() - began < 45


def test_a_block_over_rest_that_does_not_end(
    tmp_path: Path, witness_chain: WitnessChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = witness_chain.node
    rpc = rpc_module.NodeRpc(make_settings(home=tmp_path, chain="regtest", source="node", node_url=node.url))
    name = node.rpc("getblockhash", witness_chain.height)
    assert rpc.rest_block(name) == bytes.fromhex(node.rpc("getblock", name, 0))
    monkeypatch.setattr(rpc_module, "MOST_BLOCK_BYTES", 100)
    with pytest.raises(SatledgerError, match=rf"answers REST for block {name} .*more than 100 bytes"):
        rpc.rest_block(name)


def test_an_answer_that_does_not_end(
    tmp_path: Path, witness_chain: WitnessChain, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rpc_module, "MOST_BYTES", 1 << 20)
    blocks = [0]

    def long(handler: BaseHTTPRequestHandler, calls: list[Call], answers: list[Any]) -> bytes | None:
        blocks[0] += calls[0]["method"] == BLOCK
        return b" " * (1 << 21) if calls[0]["method"] == BLOCK else None

    proxy.reply = long
    told = refused(reading(tmp_path, proxy, "bitcoin-etl"), witness_chain)
    assert "with more than 1 MiB" in told and blocks[0] >= 3  # asked for less, then given up


@pytest.mark.parametrize("method", [HEADER, HASH, BLOCK])
def test_a_node_that_never_answers_some_questions_is_given_up_after_two_limits(
    tmp_path: Path, witness_chain: WitnessChain, proxy: Proxy, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """Not after one for each half of the questions, half of that half, and so on."""
    waiting = threading.Event()

    def silence(handler: BaseHTTPRequestHandler, calls: list[Call], answers: list[Any]) -> bytes | None:
        if (calls[0]["method"] == method and len(calls) > 1) or (method == BLOCK and calls[0]["method"] == BLOCK):
            waiting.wait(PATIENCE_SECONDS)
        return None

    settings = reading(tmp_path, proxy, "raw")
    proxy.reply = silence
    monkeypatch.setattr(rpc_module, "TIMEOUT_SECONDS", 3)
    began = time.monotonic()
    told = refused(settings, witness_chain)
    waiting.set()
    assert "did not answer within 3 seconds" in told
    assert time.monotonic() - began < 12
