"""A block as a node says it (``getblock``, verbosity 2), as raw bytes and as rows of exports."""

import copy
from typing import Any

from bitcoinetl.enumeration.chain import Chain
from bitcoinetl.mappers.block_mapper import BtcBlockMapper
from bitcoinetl.mappers.transaction_mapper import BtcTransactionMapper
from bitcoinetl.service.btc_service import BtcService

from tests.chain.lake import Row
from tests.chain.raw_witnesses import Witnessed
from tests.reference.serialise import input_bytes, number, string

Json = dict[str, Any]
COIN = 100_000_000


def raw_block(block: Json) -> bytes:
    """The bytes of a block as the node says it."""
    header = b"".join(
        (
            (block["version"] % 2**32).to_bytes(4, "little"),
            bytes.fromhex(block["previousblockhash"])[::-1],
            bytes.fromhex(block["merkleroot"])[::-1],
            block["time"].to_bytes(4, "little"),
            int(block["bits"], 16).to_bytes(4, "little"),
            block["nonce"].to_bytes(4, "little"),
        )
    )
    return header + number(len(block["tx"])) + b"".join(raw_transaction(tx, witnesses=True) for tx in block["tx"])


def raw_transaction(tx: Json, *, witnesses: bool) -> bytes:
    """The bytes of a transaction as the node says it."""
    inputs = [
        input_bytes("00" * 32, 0xFFFFFFFF, item["coinbase"], item["sequence"])
        if "coinbase" in item
        else input_bytes(item["txid"], item["vout"], item["scriptSig"]["hex"], item["sequence"])
        for item in tx["vin"]
    ]
    outputs = [
        int(item["value"] * COIN).to_bytes(8, "little") + string(bytes.fromhex(item["scriptPubKey"]["hex"]))
        for item in tx["vout"]
    ]
    stacks = [item.get("txinwitness", []) for item in tx["vin"]] if witnesses else []
    witness = b"".join(number(len(s)) + b"".join(string(bytes.fromhex(i)) for i in s) for s in stacks)
    has_witness = any(stacks)
    return (
        (tx["version"] % 2**32).to_bytes(4, "little")
        + (b"\0\1" if has_witness else b"")
        + (number(len(inputs)) + b"".join(inputs) + number(len(outputs)) + b"".join(outputs))
        + (witness if has_witness else b"")
        + tx["locktime"].to_bytes(4, "little")
    )


def export_rows(blocks: list[Json]) -> tuple[list[Row], list[Row]]:
    """What bitcoin-etl exports of blocks that a node says so."""

    class Client:
        def batch(self, commands: list[list[Any]]) -> list[Json]:
            return [copy.deepcopy(blocks[place]) for _, place, _ in commands]

    made = BtcService(Client(), Chain.BITCOIN).get_blocks_by_hashes(list(range(len(blocks))), with_transactions=True)
    mapper, rows = BtcTransactionMapper(), []
    for block in made:
        rows += [mapper.transaction_to_dict(tx) for tx in block.transactions]
    return [BtcBlockMapper().block_to_dict(block) for block in made], rows


def witnesses_said(block: Json) -> dict[str, Witnessed]:
    """What the node says of the witnesses of a block's transactions, by txid."""
    return {
        tx["txid"]: Witnessed(tx["hash"], [item.get("txinwitness", []) for item in tx["vin"]])
        for tx in block["tx"]
        if any(item.get("txinwitness") for item in tx["vin"])
    }
