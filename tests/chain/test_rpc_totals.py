"""Totals that a node tells of its blocks and unspent outputs: true ones are read, others refused in one sentence."""

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dagster_project.chain.sources.rpc import NodeRpc, PrunedError
from dagster_project.chain.sources.rpc_totals import (
    block_columns,
    block_totals,
    unspent_of,
    unspent_total,
    unspent_total_at,
)
from dagster_project.errors import SatledgerError
from tests.chain.lake import make_settings
from tests.chain.witness_chain import Proxy, WitnessChain, exact_rpcs

COIN = 100_000_000
NAMES = ["txs", "ins", "outs", "total_out", "subsidy", "totalfee"]


@pytest.fixture
def rpc(tmp_path: Path, proxy: Proxy) -> NodeRpc:
    """A client of the proxy."""
    return NodeRpc(make_settings(home=tmp_path, chain="regtest", source="node", node_url=proxy.url))


@pytest.fixture(scope="module")
def accounts(witness_chain: WitnessChain) -> Mapping[str, str]:
    """Addresses that own something, with their scripts."""
    coins = witness_chain.node.rpc("listunspent")
    return {coin["address"]: coin["scriptPubKey"] for coin in coins}


def ask(rpc: NodeRpc, method: str, chain: WitnessChain, accounts: Mapping[str, str]) -> object:
    if method == "gettxoutsetinfo":
        return unspent_total(rpc)
    if method == "scantxoutset":
        return unspent_of(rpc, accounts)
    return block_totals(rpc, chain.height, NAMES) if method == "getblockstats" else block_columns(rpc, chain.height)


def test_what_the_node_tells(rpc: NodeRpc, witness_chain: WitnessChain, accounts: Mapping[str, str]) -> None:
    node, height = witness_chain.node, witness_chain.height
    info, coins, stats = exact_rpcs(node, [["gettxoutsetinfo"], ["listunspent", 0], ["getblockstats", height]])
    assert unspent_total(rpc) == (info["height"], int(info["total_amount"] * COIN))
    # The node of the tests has no index of the past.
    assert unspent_total_at(rpc, height) is None
    tip, outputs = unspent_of(rpc, accounts)
    assert tip == info["height"]
    mature = sum(int(coin["amount"] * COIN) for coin in coins)
    assert len(outputs) >= len(coins) and sum(value for *_, value in outputs) >= mature > 0
    assert {account for account, *_ in outputs} == set(accounts)
    assert block_totals(rpc, height, NAMES) == {name: stats[name] for name in NAMES}
    columns = block_columns(rpc, height)
    assert columns.hashes[0].tobytes().hex() == node.rpc("getblockhash", height)
    assert len(columns.values) == sum(
        len(tx["vout"]) for tx in node.rpc("getblock", node.rpc("getblockhash", height), 2)["tx"]
    )


def put(name: str, value: object) -> Callable[[Any], Any]:
    return lambda result: result | {name: value}


def of_unspent(change: Callable[[Any], object]) -> Callable[[Any], Any]:
    def apply(result: Any) -> Any:  # noqa: ANN401 (JSON)
        change(result["unspents"])
        return result

    return apply


LIES: dict[str, tuple[str, Callable[[Any], Any], str]] = {
    f"{method} that is {json.dumps(value)}": (method, lambda _, value=value: value, "answers")
    for method in ("gettxoutsetinfo", "scantxoutset", "getblockstats", "getblock")
    for value in (None, 5, "text", [], [None], {})
}
LIES |= {
    "a sum that is a text": ("gettxoutsetinfo", put("total_amount", "abc"), "total_amount: its value is 'abc', not a"),
    "a sum that is null": ("gettxoutsetinfo", put("total_amount", None), "total_amount: its value is absent"),
    "a sum beyond all coins": ("gettxoutsetinfo", put("total_amount", Decimal("1e400")), "which no output can have"),
    "half a satoshi": ("gettxoutsetinfo", put("total_amount", Decimal("1.000000005")), "not a whole number of satoshi"),
    "a height that is a text": ("gettxoutsetinfo", put("height", "x"), "height: expected int, got str"),
    "a height beyond all": ("gettxoutsetinfo", put("height", 10**30), "height: expected int"),
    "outputs that are a number": ("scantxoutset", put("unspents", 5), "unspents: expected array, got int"),
    "a script that was not asked for": (
        "scantxoutset",
        of_unspent(lambda found: found.append(found[0] | {"scriptPubKey": "00"})),
        r"unspents \d+: a script that it was not asked for",
    ),
    "an output's height": ("scantxoutset", of_unspent(lambda found: found[0].update(height="x")), "got str"),
    "an output's amount": ("scantxoutset", of_unspent(lambda found: found[0].update(amount=True)), "not a number"),
    "a total that is a text": ("getblockstats", put("totalfee", "x"), "totalfee: expected a number, got x"),
    "a total below 0": ("getblockstats", put("totalfee", -1), "totalfee: expected a number, got -1"),
    "a total that is missing": (
        "getblockstats",
        lambda found: {"txs": found["txs"]},
        "ins: expected a number, got Non",
    ),
    "a block of other digits": ("getblock", lambda _: "zz", "something else than hexadecimal digits"),
    "a byte of a block": ("getblock", lambda _: "00", r"Block \d+ \(\w+\), as the node sends its bytes, ends in the"),
    "another block": ("getblock", lambda raw: "01" + raw[2:], "but the bytes that came have the hash"),
    "a block that was changed": ("getblock", lambda raw: raw[:-1] + "1", "have the Merkle root"),
}


@pytest.mark.parametrize(("method", "change", "sentence"), LIES.values(), ids=LIES)
def test_what_no_node_tells(
    rpc: NodeRpc,
    proxy: Proxy,
    witness_chain: WitnessChain,
    accounts: Mapping[str, str],
    method: str,
    change: Callable[[Any], Any],
    sentence: str,
) -> None:
    proxy.change = lambda call, result: change(result) if call["method"] == method else result
    with pytest.raises(SatledgerError) as caught:
        ask(rpc, method, witness_chain, accounts)
    told = str(caught.value)
    assert re.search(sentence, told) and "\n" not in told and told.endswith("."), told


def test_a_sum_of_another_height_than_was_asked_for(rpc: NodeRpc, proxy: Proxy, witness_chain: WitnessChain) -> None:
    info = {"height": witness_chain.height - 1, "total_amount": 5}
    proxy.reply = lambda _handler, calls, _answers: json.dumps([{"id": calls[0]["id"], "result": info}]).encode()
    with pytest.raises(SatledgerError, match=rf"the height {witness_chain.height - 1}, where {witness_chain.height} w"):
        unspent_total_at(rpc, witness_chain.height)
    assert unspent_total_at(rpc, witness_chain.height - 1) == 5 * COIN


def test_a_pruned_block_and_what_a_message_may_hold(rpc: NodeRpc, proxy: Proxy, witness_chain: WitnessChain) -> None:
    def refuse(message: str) -> None:
        error = {"code": -1, "message": message}
        proxy.reply = lambda _handler, calls, _answers: json.dumps([{"id": calls[0]["id"], "error": error}]).encode()

    refuse("Block not available (pruned data)")
    with pytest.raises(PrunedError, match=r"^The node has pruned the block of getblockstats"):
        block_totals(rpc, witness_chain.height, NAMES)
    refuse("\x1b[31mred\x07\n\tand more" + "x" * 5_000)
    with pytest.raises(SatledgerError, match=r"with error -1: \[31mred and morex{280,300}\.$"):
        block_totals(rpc, witness_chain.height, NAMES)
