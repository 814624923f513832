"""What only raw blocks tell of transactions: their witnesses, and their ids with these (BIP 141)."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Witnessed:
    """A transaction with witnesses.

    Attributes:
        wtxid: its id with witnesses.
        stacks: by input, its witness in hexadecimal digits.
    """

    wtxid: str
    stacks: list[list[str]]


def witnesses_of(raw_blocks: Iterable[bytes]) -> dict[str, Witnessed]:
    """The transactions of some blocks that have witnesses, by txid."""
    found: dict[str, Witnessed] = {}
    for raw in raw_blocks:
        reader = _Reader(raw, 80)
        for _ in range(reader.number()):
            found |= reader.transaction()
    return found


class _Reader:
    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at

    def take(self, count: int) -> bytes:
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self) -> int:
        first = self.take(1)[0]
        return first if first < 0xFD else int.from_bytes(self.take(1 << (first - 0xFC)), "little")

    def string(self) -> bytes:
        return self.take(self.number())

    def transaction(self) -> dict[str, Witnessed]:
        begin = self.at
        self.at += 4
        has_witness = self.data[self.at : self.at + 2] == b"\0\1"
        self.at += 2 * has_witness
        body = self.at
        inputs = self.number()
        for _ in range(inputs):
            self.at += 36
            self.string()
            self.at += 4
        for _ in range(self.number()):
            self.at += 8
            self.string()
        end = self.at
        stacks = [[self.string().hex() for _ in range(self.number())] for _ in range(inputs)] if has_witness else []
        self.at += 4
        whole = self.data[begin : self.at]
        bare = whole[:4] + self.data[body:end] + whole[-4:]
        return {_name(bare): Witnessed(_name(whole), stacks)} if has_witness else {}


def _name(data: bytes) -> str:
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()[::-1].hex()
