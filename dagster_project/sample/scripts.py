"""Output scripts of accounts, for many accounts at once."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from dagster_project.blocks.addresses import hash160
from dagster_project.blocks.columns import Slices
from dagster_project.sample.accounts import KIND_BITS, IntArray, Kind, kind_of, payloads

ByteArray = np.ndarray[Any, np.dtype[np.uint8]]

KEYS = (Kind.P2PK, Kind.P2PK_UNCOMPRESSED, Kind.P2PKH_OF_KEY, Kind.P2PKH_OF_UNCOMPRESSED)
COMPRESSED = (Kind.P2PK, Kind.P2PKH_OF_KEY)
LONGEST_DATA, SHORTEST_DATA = 32, 8  # bytes after OP_RETURN
# Scripts that are the same for all accounts of a kind.
FIXED: Mapping[Kind, bytes] = {
    Kind.ANCHOR: bytes.fromhex("51024e73"),
    Kind.BARE_RETURN: b"\x6a",
    Kind.TRUE: b"\x51",
    Kind.EMPTY: b"",
    Kind.BROKEN: b"\x4c",
    Kind.OVERSIZED: b"\x61" * 10_001,
}
# The bytes before the account's own bytes, the number of these, and the bytes after them.
FRAMES: Mapping[Kind, tuple[str, int, str]] = {
    Kind.P2PKH: ("76a914", 20, "88ac"),
    Kind.P2SH: ("a914", 20, "87"),
    Kind.P2WPKH: ("0014", 20, ""),
    Kind.P2WSH: ("0020", 32, ""),
    Kind.P2TR: ("5120", 32, ""),
    Kind.WITNESS_UNKNOWN: ("5220", 32, ""),
    Kind.COMMITMENT: ("6a24aa21a9ed", 32, ""),
    Kind.DROP: ("08", 8, "7551"),
    Kind.HASH_LOCK: ("a820", 32, "87"),
}


def output_scripts(seed: int, account: IntArray) -> Slices:
    """The scripts that pay to accounts, in the order of the accounts."""
    return by_kind(kind_of(account), lambda kind, rows: _scripts_of_kind(seed, kind, account[rows]))


def by_kind(kinds: IntArray, make: Callable[[Kind, IntArray], Slices]) -> Slices:
    """Byte strings in the order of ``kinds``; ``make`` is called once per kind, with the numbers of its rows."""
    starts = np.empty(len(kinds), dtype=np.int64)
    lengths = np.empty(len(kinds), dtype=np.int64)
    parts: list[ByteArray] = [np.empty(0, dtype=np.uint8)]
    place = 0
    order = np.argsort(kinds.astype(np.int8), kind="stable")
    counts = np.bincount(kinds, minlength=1)
    for kind, rows in enumerate(np.split(order, np.cumsum(counts)[:-1])):
        if len(rows):
            made = make(Kind(kind), rows)
            starts[rows] = made.starts + place
            lengths[rows] = made.lengths
            parts.append(made.data)
            place += len(made.data)
    return Slices(np.concatenate(parts), starts, lengths)


def framed(count: int, *parts: bytes | ByteArray) -> Slices:
    """Byte strings of equal length, joined from constant parts and from parts with one row per string."""
    columns = [
        np.broadcast_to(np.frombuffer(part, dtype=np.uint8), (count, len(part))) if isinstance(part, bytes) else part
        for part in parts
    ]
    return _rows(np.concatenate(columns, axis=1))


def same(count: int, script: bytes) -> Slices:
    """The same byte string ``count`` times."""
    zeros = np.zeros(count, dtype=np.int64)
    return Slices(np.frombuffer(script, dtype=np.uint8), zeros, zeros + len(script))


def for_distinct(account: IntArray, make: Callable[[int, bytes], bytes], seed: int) -> Slices:
    """Byte strings that are made one by one from an account's kind and its 32 bytes; slow, so for rare kinds only."""
    distinct, place = np.unique(account, return_inverse=True)
    data = [
        make(kind, payload.tobytes())
        for kind, payload in zip(kind_of(distinct).tolist(), payloads(seed, distinct, 4), strict=True)
    ]
    lengths = np.array([len(each) for each in data], dtype=np.int64)
    starts = np.cumsum(lengths) - lengths
    return Slices(np.frombuffer(b"".join(data), dtype=np.uint8), starts[place], lengths[place])


def public_key(kind: int, payload: bytes) -> bytes:
    """The serialised public key of an account of one of ``KEYS``, from the account's 32 bytes."""
    if kind in COMPRESSED:
        return bytes([2 + payload[0] % 2]) + payload
    return b"\x04" + payload + hashlib.sha256(payload).digest()


def _scripts_of_kind(seed: int, kind: Kind, account: IntArray) -> Slices:
    """The scripts of accounts of one kind."""
    if kind in FIXED:
        return same(len(account), FIXED[kind])
    if kind is Kind.DATA:
        return _data(seed, account)
    if kind in (*KEYS, Kind.MULTISIG_1_OF_2, Kind.MULTISIG_2_OF_3):
        return for_distinct(account, _script_of_keys, seed)
    before, size, behind = FRAMES[kind]
    payload = payloads(seed, account, -(-size // 8))[:, :size]
    return framed(len(account), bytes.fromhex(before), payload, bytes.fromhex(behind))


def _script_of_keys(kind: int, payload: bytes) -> bytes:
    """A script with one or more public keys in it, or with the hash of one."""
    if kind in KEYS:
        key = public_key(kind, payload)
        if kind in (Kind.P2PK, Kind.P2PK_UNCOMPRESSED):
            return bytes([len(key)]) + key + b"\xac"
        return b"\x76\xa9\x14" + hash160(key) + b"\x88\xac"
    text = payload.hex()
    first, second = b"\x21\x02" + payload, b"\x21\x03" + hashlib.sha256(text.encode()).digest()
    if kind == Kind.MULTISIG_1_OF_2:
        return b"\x51" + first + second + b"\x52\xae"
    third = b"\x21\x02" + hashlib.sha256(f"{text}third".encode()).digest()
    return b"\x52" + first + second + third + b"\x53\xae"


def _data(seed: int, account: IntArray) -> Slices:
    """OP_RETURN scripts with some bytes of data."""
    size = SHORTEST_DATA + (account >> KIND_BITS) % (LONGEST_DATA - SHORTEST_DATA + 1)
    rows = framed(len(account), b"\x6a", size.astype(np.uint8)[:, None], payloads(seed, account, LONGEST_DATA // 8))
    return Slices(rows.data, rows.starts, size + 2)


def _rows(data: ByteArray) -> Slices:
    count, width = data.shape
    return Slices(data.reshape(-1), np.arange(count, dtype=np.int64) * width, np.full(count, width, dtype=np.int64))
