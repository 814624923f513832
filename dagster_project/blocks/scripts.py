"""Classify output scripts: the type of each, and the payload that identifies its account.

Kinds are named as Bitcoin Core's script types. The rules are in docs/method.md, Accounts.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np

from dagster_project.blocks.addresses import hash160
from dagster_project.blocks.columns import Slices
from dagster_project.blocks.sha256 import Bytes, Integers, read_only

KINDS = (
    "nonstandard",
    "nulldata",
    "pubkey",
    "pubkeyhash",
    "scripthash",
    "witness_v0_keyhash",
    "witness_v0_scripthash",
    "witness_v1_taproot",
    "witness_unknown",
)
(
    NONSTANDARD,
    NULLDATA,
    PUBKEY,
    PUBKEYHASH,
    SCRIPTHASH,
    WITNESS_V0_KEYHASH,
    WITNESS_V0_SCRIPTHASH,
    WITNESS_V1_TAPROOT,
    WITNESS_UNKNOWN,
) = range(len(KINDS))
LONGEST_SPENDABLE = 10_000  # bytes of a script that can still be run
NONSTANDARD_PAYLOAD = 20  # bytes of SHA-256 that bitcoin-etl puts into the name of an account without an address

_RETURN, _DUP, _EQUAL, _EQUALVERIFY, _HASH160, _CHECKSIG = 0x6A, 0x76, 0x87, 0x88, 0xA9, 0xAC
_VERSION_1, _VERSION_16 = 0x51, 0x60

Kinds = np.ndarray[Any, np.dtype[np.uint8]]


@dataclass(frozen=True)
class Commitments:
    """The kinds and payloads of some output scripts.

    Attributes:
        kinds: index of each script's kind in ``KINDS``.
        payloads: what identifies the account within its kind: the hash of 20 or 32 bytes in the script; for a public
            key its hash160, so that P2PK and P2PKH are one account; for an unknown witness program the whole script;
            for any other script the first 20 bytes of its SHA-256. Empty for unspendable scripts.
    """

    kinds: Kinds
    payloads: Slices


def commitments(scripts: Slices) -> Commitments:
    """Classify output scripts."""
    kinds, starts, lengths = _classify(read_only(scripts.data), scripts.starts, scripts.lengths)
    hashed: list[bytes] = []
    known: dict[bytes, bytes] = {}
    rows = np.flatnonzero((kinds == PUBKEY) | (kinds == NONSTANDARD))
    for row in rows:
        script = scripts[int(row)]
        if script not in known:
            # Drop the push byte before the public key and the opcode after it.
            known[script] = (
                hash160(script[1:-1]) if kinds[row] == PUBKEY else hashlib.sha256(script).digest()[:NONSTANDARD_PAYLOAD]
            )
        hashed.append(known[script])
    if not hashed:
        return Commitments(kinds, Slices(scripts.data, starts, lengths))
    # Payloads that are not a slice of their script are appended after all scripts.
    starts[rows] = len(scripts.data) + np.arange(len(rows)) * NONSTANDARD_PAYLOAD
    lengths[rows] = NONSTANDARD_PAYLOAD
    data = np.concatenate([scripts.data, np.frombuffer(b"".join(hashed), dtype=np.uint8)])
    return Commitments(kinds, Slices(data, starts, lengths))


@numba.njit(nogil=True, cache=True)
def _classify(data: Bytes, starts: Integers, lengths: Integers) -> tuple[Kinds, Integers, Integers]:
    """The kind of each script, and the start and length of its payload, if the payload is a slice of the script."""
    count = len(starts)
    kinds = np.zeros(count, dtype=np.uint8)
    payload_starts = starts.copy()
    payload_lengths = np.zeros(count, dtype=np.int64)
    for row in range(count):
        at, length = starts[row], lengths[row]
        last = at + length - 1
        first = np.int64(data[at]) if length > 0 else -1
        second = np.int64(data[at + 1]) if length > 1 else -1
        third = np.int64(data[at + 2]) if length > 2 else -1
        kind, skipped, size = NONSTANDARD, 0, 0
        if first == _RETURN or length > LONGEST_SPENDABLE:
            kind = NULLDATA
        elif (
            length == 25
            and first == _DUP
            and second == _HASH160
            and third == 20
            and data[last - 1] == _EQUALVERIFY
            and data[last] == _CHECKSIG
        ):
            kind, skipped, size = PUBKEYHASH, 3, 20
        elif length == 23 and first == _HASH160 and second == 20 and data[last] == _EQUAL:
            kind, skipped, size = SCRIPTHASH, 2, 20
        elif length == 22 and first == 0 and second == 20:
            kind, skipped, size = WITNESS_V0_KEYHASH, 2, 20
        elif length == 34 and first == 0 and second == 32:
            kind, skipped, size = WITNESS_V0_SCRIPTHASH, 2, 32
        elif length == 34 and first == _VERSION_1 and second == 32:
            kind, skipped, size = WITNESS_V1_TAPROOT, 2, 32
        elif 4 <= length <= 42 and _VERSION_1 <= first <= _VERSION_16 and second == length - 2:
            kind, skipped, size = WITNESS_UNKNOWN, 0, length
        elif (length == 35 and first == 33 and (second == 2 or second == 3) and data[last] == _CHECKSIG) or (
            length == 67 and first == 65 and (second == 4 or second == 6 or second == 7) and data[last] == _CHECKSIG
        ):
            kind = PUBKEY
        kinds[row] = kind
        payload_starts[row] = at + skipped
        payload_lengths[row] = size
    return kinds, payload_starts, payload_lengths
