"""Blocks as a stand-in for a node keeps, mines and tells them."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from tests.blocks.raw import NO_OUTPUT, Block, Input, Transaction, read_block
from tests.reference.accounts import address_of, public_key_of
from tests.reference.parameters import ChainParameters
from tests.reference.scripts import type_of
from tests.reference.serialise import (
    GENESIS_COINBASE_SCRIPT,
    NO_HASH,
    WITNESS_NONCE,
    commitment_script,
    double_sha256,
    merkle_root,
    target,
    written,
)

Json = dict[str, Any]
COIN = Decimal(100_000_000)
MEDIAN_SPAN = 11
EASY_BITS = "207fffff"
VERSION = 0x20000000
# Time, bits and nonce of block 0, and the key that its one output is for; by network.
GENESIS_KEY = (
    "04678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d57"
    "8a4c702b6bf11d5f"
)
TESTNET4_TEXT = b"03/May/2024 000000000000000000001ebd58c244970b3aa9d783bb001011fbe8ea8e98e00e"
GENESIS = {
    "mainnet": (1231006505, "1d00ffff", 2083236893, GENESIS_KEY),
    "testnet4": (1714777860, "1d00ffff", 393743547, "00" * 33),
    "signet": (1598918400, "1e0377ae", 52613770, GENESIS_KEY),
    "regtest": (1296688602, EASY_BITS, 2, GENESIS_KEY),
}


@dataclass(eq=False)
class Kept:
    """A block at its place in the tree.

    Attributes:
        header: its 80 bytes.
        parent: the block that it follows; None for block 0.
        raw: all its bytes; None where only its header is known.
        invalid: whether the block itself was declared invalid.
    """

    header: bytes
    parent: "Kept | None"
    raw: bytes | None = None
    invalid: bool = False

    @cached_property
    def name(self) -> str:
        """Its hash."""
        return written(double_sha256(self.header))

    @cached_property
    def height(self) -> int:
        """Its height."""
        return self.parent.height + 1 if self.parent else 0

    @cached_property
    def time(self) -> int:
        """The time in its header."""
        return int.from_bytes(self.header[68:72], "little")

    @cached_property
    def bits(self) -> str:
        """Its target in compact form."""
        return self.header[72:76][::-1].hex()

    @cached_property
    def work(self) -> int:
        """The work of the chain up to it."""
        return 2**256 // (target(self.bits) + 1) + (self.parent.work if self.parent else 0)

    @cached_property
    def median_time(self) -> int:
        """The median of its time and those of the ten blocks before."""
        times, block = [], self
        while block and len(times) < MEDIAN_SPAN:
            times.append(block.time)
            block = block.parent
        return sorted(times)[len(times) // 2]

    @cached_property
    def block(self) -> Block:
        """Its parts."""
        assert self.raw
        return read_block(self.raw)


def genesis(chain: str) -> Kept:
    """Block 0 of a network."""
    time, bits, nonce, key = GENESIS[chain]
    script = bytes.fromhex(GENESIS_COINBASE_SCRIPT)
    if chain == "testnet4":
        script = bytes.fromhex("04ffff001d01044c") + bytes([len(TESTNET4_TEXT)]) + TESTNET4_TEXT
    paid = bytes([len(key) // 2]) + bytes.fromhex(key) + b"\xac"
    coinbase = Transaction(1, [Input(bytes(32), NO_OUTPUT, script, NO_OUTPUT)], [(50 * int(COIN), paid)], 0)
    block = _headed(1, NO_HASH, time, bits, [coinbase])
    header = block.header[:76] + nonce.to_bytes(4, "little")
    return Kept(header, None, Block(header, block.transactions).data())


def mined(parent: Kept, time: int, script: bytes, payments: list[Transaction], subsidy: int) -> Kept:
    """A block of regtest that follows another one; its coinbase commits to witnesses, as that of a node does."""
    height = _pushed(parent.height + 1)
    coinbase = Transaction(2, [Input(bytes(32), NO_OUTPUT, height + b"\0", NO_OUTPUT)], [(subsidy, script)], 0)
    coinbase.inputs[0].witness = [WITNESS_NONCE]
    commitment = commitment_script([_hash(payment) for payment in payments])
    coinbase.outputs = [*coinbase.outputs, (0, bytes.fromhex(commitment))]
    block = _headed(VERSION, parent.name, time, EASY_BITS, [coinbase, *payments])
    for nonce in range(2**32):
        header = block.header[:76] + nonce.to_bytes(4, "little")
        if int(written(double_sha256(header)), 16) <= target(EASY_BITS):
            return Kept(header, parent, Block(header, block.transactions).data())
    raise AssertionError("no nonce gives enough work")


def header_json(block: Kept, tip: Kept, following: Kept | None) -> Json:
    """What a node says of a header.

    Args:
        block: the block.
        tip: the last block of the best chain.
        following: the next block of the best chain, where the block is on it and not its last one.
    """
    on_best = block is tip or following is not None
    version, limit = int.from_bytes(block.header[:4], "little", signed=True), target(block.bits)
    told: Json = {
        "hash": block.name,
        "confirmations": tip.height - block.height + 1 if on_best else -1,
        "height": block.height,
        "version": version,
        "versionHex": f"{version % 2**32:08x}",
        "merkleroot": written(block.header[36:68]),
        "time": block.time,
        "mediantime": block.median_time,
        "nonce": int.from_bytes(block.header[76:80], "little"),
        "bits": block.bits,
        "target": f"{limit:064x}",
        "difficulty": _difficulty(block.bits),
        "chainwork": f"{block.work:064x}",
        "nTx": len(block.block.transactions) if block.raw else 0,
    }
    if block.parent:
        told["previousblockhash"] = block.parent.name
    if following:
        told["nextblockhash"] = following.name
    return told


def block_json(block: Kept, header: Json, verbosity: int, chain: ChainParameters) -> Json:
    """What a node says of a block: with the ids of transactions, or (2) with all of them."""
    transactions = block.block.transactions
    outside = len(block.raw or b"") - sum(len(transaction.data()) for transaction in transactions)
    stripped = outside + sum(len(transaction.data(witnesses=False)) for transaction in transactions)
    size = len(block.raw or b"")
    told = [_transaction_json(t, chain) for t in transactions] if verbosity > 1 else [_txid(t) for t in transactions]
    return {**header, "strippedsize": stripped, "size": size, "weight": 3 * stripped + size, "tx": told}


def _difficulty(bits: str) -> float:
    """The difficulty as a node computes it, in doubles, and prints it, with 16 digits."""
    found = 0xFFFF / int(bits[2:], 16)
    for _ in range(abs(int(bits[:2], 16) - 29)):
        found = found * 256 if int(bits[:2], 16) < 29 else found / 256
    return float(f"{found:.16g}")


def _transaction_json(transaction: Transaction, chain: ChainParameters) -> Json:
    size, stripped = len(transaction.data()), len(transaction.data(witnesses=False))
    return {
        "txid": _txid(transaction),
        "hash": _hash(transaction),
        "version": transaction.version,
        "size": size,
        "vsize": (3 * stripped + size + 3) // 4,
        "weight": 3 * stripped + size,
        "locktime": transaction.lock_time,
        "vin": [_input_json(spent) for spent in transaction.inputs],
        "vout": [
            {"value": value / COIN, "n": place, "scriptPubKey": _script_json(script, chain)}
            for place, (value, script) in enumerate(transaction.outputs)
        ],
        "hex": transaction.data().hex(),
    }


def _input_json(spent: Input) -> Json:
    told: Json = {"coinbase": spent.script.hex()}
    if spent.index != NO_OUTPUT:
        told = {"txid": written(spent.txid), "vout": spent.index, "scriptSig": {"hex": spent.script.hex()}}
    if spent.witness:
        told["txinwitness"] = [item.hex() for item in spent.witness]
    return {**told, "sequence": spent.sequence}


def _script_json(script: bytes, chain: ChainParameters) -> Json:
    kind = "nulldata" if script[:1] == b"\x6a" else "pubkey" if public_key_of(script) else type_of(script, chain)
    address = address_of(script, chain)
    return {"hex": script.hex(), "type": kind, **({"address": address} if address else {})}


def _headed(version: int, previous: str, time: int, bits: str, transactions: list[Transaction]) -> Block:
    root = merkle_root([_txid(transaction) for transaction in transactions])
    parts = (
        version.to_bytes(4, "little"),
        bytes.fromhex(previous)[::-1],
        bytes.fromhex(root)[::-1],
        time.to_bytes(4, "little"),
        bytes.fromhex(bits)[::-1],
        bytes(4),
    )
    return Block(b"".join(parts), transactions)


def _pushed(height: int) -> bytes:
    """A height as a script pushes it (BIP 34)."""
    if height <= 16:
        return bytes([0x50 + height])
    # One bit more than the number needs, for the sign.
    data = height.to_bytes(height.bit_length() // 8 + 1, "little")
    return bytes([len(data)]) + data


def _txid(transaction: Transaction) -> str:
    return written(double_sha256(transaction.data(witnesses=False)))


def _hash(transaction: Transaction) -> str:
    return written(double_sha256(transaction.data()))
