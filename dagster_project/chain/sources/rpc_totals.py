"""Totals that a node gives of its blocks and its unspent outputs; impossible answers are refused."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec
import numpy as np

from dagster_project.blocks.columns import BlockColumns, hash_text
from dagster_project.blocks.parse import DamagedBlockError, parse_one
from dagster_project.blocks.proof import prove_merkle_roots
from dagster_project.chain.sources.node_raw import raw_blocks
from dagster_project.chain.sources.rpc import NodeRpc
from dagster_project.chain.sources.rpc_answers import Height, ImpossibleAnswerError, amount, readable
from dagster_project.errors import DisprovenError, SatledgerError

SATOSHI = 100_000_000

_Kind = TypeVar("_Kind")


class _OutputSet(msgspec.Struct):
    """``gettxoutsetinfo``, as far as it is used."""

    height: Height
    total_amount: Any


class _Unspent(msgspec.Struct):
    """An output that ``scantxoutset`` found."""

    scriptPubKey: str  # noqa: N815 (the node's name)
    amount: Any
    height: Height


class _Scan(msgspec.Struct):
    """``scantxoutset``, as far as it is used."""

    height: Height
    unspents: list[_Unspent]


def unspent_total_at(rpc: NodeRpc, height: int) -> int | None:
    """The sum of all unspent outputs at a height in satoshi; None where the node has no ``coinstatsindex``.

    Raises:
        SatledgerError: the node answers with something else.
    """
    try:
        said = rpc.call("gettxoutsetinfo", "none", height)
    except SatledgerError:
        return None
    where, total = _unspent_total(rpc, said)
    if where != height:
        raise rpc.impossible("gettxoutsetinfo", f"the height {where}, where {height} was asked for")
    return total


def unspent_total(rpc: NodeRpc) -> tuple[int, int]:
    """The node's height, and the sum of all unspent outputs there in satoshi (``gettxoutsetinfo``).

    Raises:
        SatledgerError: the node cannot tell, or answers with something else.
    """
    return _unspent_total(rpc, rpc.call("gettxoutsetinfo", "none"))


def _unspent_total(rpc: NodeRpc, said: object) -> tuple[int, int]:
    found = _converted(rpc, "gettxoutsetinfo", said, _OutputSet)
    return found.height, _satoshi(rpc, "gettxoutsetinfo", found.total_amount, "total_amount")


def unspent_of(rpc: NodeRpc, accounts: Mapping[str, str]) -> tuple[int, list[tuple[str, int, int]]]:
    """The node's height, and the unspent outputs of some addresses: address, height, satoshi (``scantxoutset``).

    Args:
        rpc: the node.
        accounts: addresses, each with its script in hexadecimal digits.

    Raises:
        SatledgerError: the node cannot tell, or answers with something else.
    """
    method = "scantxoutset"
    addresses = {script: account for account, script in accounts.items()}
    said = rpc.call(method, "start", [f"addr({account})" for account in accounts])
    found = _converted(rpc, method, said, _Scan)
    outputs = []
    for place, output in enumerate(found.unspents):
        if output.scriptPubKey not in addresses:
            raise rpc.impossible(method, f"unspents {place}: a script that it was not asked for")
        value = _satoshi(rpc, method, output.amount, f"unspents {place}")
        outputs.append((addresses[output.scriptPubKey], output.height, value))
    return found.height, outputs


def block_totals(rpc: NodeRpc, height: int, names: Sequence[str]) -> Mapping[str, int]:
    """Some totals of a block (``getblockstats``).

    Raises:
        PrunedError: the node no longer has the data for them.
        SatledgerError: the node cannot tell, or answers with something else.
    """
    method = "getblockstats"
    found = _converted(rpc, method, rpc.call(method, height, list(names)), dict[str, Any])
    for name in names:
        value = found.get(name)
        if type(value) is not int or value < 0:
            raise rpc.impossible(method, f"{name}: expected a number, got {str(value)[:40]}")
    return {name: found[name] for name in names}


def block_columns(rpc: NodeRpc, height: int) -> BlockColumns:
    """The block that the node has at a height, proven to have its hash.

    Raises:
        DisprovenError: it has another hash, or is no valid block.
        SatledgerError: the node cannot tell, or answers with something else.
    """
    name = rpc.call("getblockhash", height)
    (raw,) = raw_blocks(rpc, [name])
    try:
        columns = parse_one(np.frombuffer(raw, dtype=np.uint8), height).columns
    except DamagedBlockError as error:
        raise DisprovenError(f"Block {height} ({name}), as the node sends its bytes, {error.fault}.") from None
    found = hash_text(columns.hashes[0])
    if found != name:
        raise DisprovenError(
            f"Block {height} was asked for by the hash {name}, but the bytes that came have the hash {found}."
        )
    prove_merkle_roots(columns)
    return columns


def _converted(rpc: NodeRpc, method: str, said: object, kind: type[_Kind]) -> _Kind:
    try:
        return msgspec.convert(said, kind)
    except msgspec.ValidationError as error:
        raise rpc.impossible(method, readable(str(error))) from None


def _satoshi(rpc: NodeRpc, method: str, value: object, where: str) -> int:
    try:
        return int(amount(value, where) * SATOSHI)
    except ImpossibleAnswerError as error:
        raise rpc.impossible(method, str(error)) from None
