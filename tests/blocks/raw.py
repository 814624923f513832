"""Raw blocks for the tests of the parser: random ones, and a second parser in plain Python."""

import io
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np
from hypothesis import strategies as st

from dagster_project.blocks.columns import Slices
from dagster_project.blocks.sha256 import Bytes
from tests.reference.serialise import COMMITMENT_PREFIX, double_sha256, merkle_root, number, string, written

HEADER_BYTES = 80
MOST_SATOSHI = 21_000_000 * 10**8
NO_OUTPUT = 0xFFFFFFFF
# Lengths around those at which a length takes more bytes.
LENGTHS = (0, 0, 1, 22, 25, 71, 107, 252, 253, 254, 520)
LONG_LENGTHS = (*LENGTHS, 0xFFFF, 0x10000)


@dataclass
class Input:
    """An input; the witness is a stack of byte strings."""

    txid: bytes
    index: int
    script: bytes
    sequence: int
    witness: list[bytes] = field(default_factory=list)


@dataclass
class Transaction:
    """A transaction."""

    version: int
    inputs: list[Input]
    outputs: list[tuple[int, bytes]]
    lock_time: int

    @property
    def has_witness(self) -> bool:
        """Whether an input has a witness."""
        return any(item.witness for item in self.inputs)

    def data(self, *, witnesses: bool = True) -> bytes:
        """Its bytes, with or without witnesses."""
        marked = witnesses and self.has_witness
        inputs = b"".join(
            item.txid + item.index.to_bytes(4, "little") + string(item.script) + item.sequence.to_bytes(4, "little")
            for item in self.inputs
        )
        outputs = b"".join(value.to_bytes(8, "little") + string(script) for value, script in self.outputs)
        stacks = b"".join(number(len(i.witness)) + b"".join(map(string, i.witness)) for i in self.inputs)
        return b"".join(
            (
                self.version.to_bytes(4, "little"),
                b"\x00\x01" if marked else b"",
                number(len(self.inputs)) + inputs,
                number(len(self.outputs)) + outputs,
                stacks if marked else b"",
                self.lock_time.to_bytes(4, "little"),
            )
        )


@dataclass
class Block:
    """A block: its header's fields as bytes and its transactions."""

    header: bytes
    transactions: list[Transaction]

    def data(self) -> bytes:
        """Its bytes."""
        return self.header + number(len(self.transactions)) + b"".join(t.data() for t in self.transactions)


def sealed(block: Block) -> Block:
    """The block with the Merkle root of its transactions in its header and, with witnesses, a commitment to them."""
    coinbase = block.transactions[0]
    if any(transaction.has_witness for transaction in block.transactions):
        nonce = bytes(range(32))
        coinbase.inputs[0].witness = [nonce]
        wtxids = ["00" * 32, *(written(double_sha256(t.data())) for t in block.transactions[1:])]
        commitment = double_sha256(bytes.fromhex(merkle_root(wtxids))[::-1] + nonce)
        coinbase.outputs = [*coinbase.outputs, (0, bytes.fromhex(COMMITMENT_PREFIX) + commitment)]
    txids = [written(double_sha256(t.data(witnesses=False))) for t in block.transactions]
    root = bytes.fromhex(merkle_root(txids))[::-1]
    return Block(block.header[:36] + root + block.header[68:], block.transactions)


def random_block(random: Random, transactions: int, parts: int = 3, lengths: tuple[int, ...] = LENGTHS) -> Block:
    """A block of random transactions, half of which have witnesses, that proves itself but for its work."""

    def blob() -> bytes:
        return random.randbytes(random.choice(lengths))

    def transaction(is_coinbase: bool) -> Transaction:
        spent = [Input(bytes(32), NO_OUTPUT, blob(), random.getrandbits(32))]
        if not is_coinbase:
            spent = [
                Input(random.randbytes(32), random.getrandbits(32), blob(), random.getrandbits(32))
                for _ in range(random.randint(1, parts))
            ]
            if random.random() < 0.5:
                for item in spent:
                    item.witness = [blob() for _ in range(random.randint(0, 3))]
        outputs = [(random.randrange(10 ** random.randint(1, 12)), blob()) for _ in range(random.randint(1, parts))]
        return Transaction(random.getrandbits(32), spent, outputs, random.getrandbits(32))

    return sealed(Block(random.randbytes(HEADER_BYTES), [transaction(place == 0) for place in range(transactions)]))


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    """Draw a random block of one to twelve transactions."""
    random = Random(draw(st.integers(0, 2**32)))
    return random_block(random, draw(st.integers(1, 12)), draw(st.sampled_from([1, 3, 8])))


class Reader(io.BytesIO):
    """Reads the parts of a block; ValueError where there are too few bytes, or a number is written too long."""

    def take(self, count: int) -> bytes:
        """So many bytes."""
        data = self.read(count) if count < 2**40 else b""
        if len(data) != count:
            raise ValueError("ends early")
        return data

    def integer(self, width: int) -> int:
        """An integer of so many bytes."""
        return int.from_bytes(self.take(width), "little")

    def count(self) -> int:
        """A variable-length integer."""
        first = self.integer(1)
        if first < 0xFD:
            return first
        width, least = {0xFD: (2, 0xFD), 0xFE: (4, 0x10000), 0xFF: (8, 0x100000000)}[first]
        value = self.integer(width)
        if value < least:
            raise ValueError("written too long")
        return value

    def string(self) -> bytes:
        """Bytes with their length before them."""
        return self.take(self.count())

    def transaction(self, *, is_coinbase: bool) -> Transaction:
        """A transaction."""
        version = self.integer(4)
        marked = self.getvalue()[self.tell() : self.tell() + 1] == b"\x00"
        if marked and self.take(2) != b"\x00\x01":
            raise ValueError("flag")
        inputs = [Input(self.take(32), self.integer(4), self.string(), self.integer(4)) for _ in range(self.count())]
        outputs = [(self.integer(8), self.string()) for _ in range(self.count())]
        if not inputs or not outputs:
            raise ValueError("empty")
        if marked:
            for item in inputs:
                item.witness = [self.string() for _ in range(self.count())]
        found = Transaction(version, inputs, outputs, self.integer(4))
        if marked != found.has_witness:
            raise ValueError("no witness")
        if sum(value for value, _ in outputs) > MOST_SATOSHI:
            raise ValueError("amount")
        null = [item.txid == bytes(32) and item.index == NO_OUTPUT for item in inputs]
        if null != ([True] if is_coinbase else [False] * len(inputs)):
            raise ValueError("coinbase")
        return found


def read_block(data: bytes) -> Block:
    """A block from its bytes; ValueError where they are none."""
    reader = Reader(data)
    header = reader.take(HEADER_BYTES)
    count = reader.count()
    if not count:
        raise ValueError("no transactions")
    found = Block(header, [])
    for place in range(count):
        found.transactions.append(reader.transaction(is_coinbase=place == 0))
    if reader.read(1):
        raise ValueError("rest")
    return found


def array(data: bytes) -> Bytes:
    """Bytes as the parser takes them."""
    return np.frombuffer(data, dtype=np.uint8)


def strings(slices: Slices) -> list[bytes]:
    """All strings."""
    return [slices[number] for number in range(len(slices))]


def rows(hashes: "np.ndarray[Any, np.dtype[np.uint8]]") -> list[str]:
    """Hashes as text."""
    return [row.tobytes().hex() for row in hashes]
