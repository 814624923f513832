"""What output scripts commit to: the kind of each, and the bytes that tell its account from all others.

The one place that knows which scripts have an address. Names of kinds are Bitcoin Core's; docs/method.md, Accounts, has
the rules.
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
    """What some output scripts commit to.

    Attributes:
        kinds: by script, a place in ``KINDS``.
        payloads: by script, what tells its account from others of the kind: a hash of 20 or 32 bytes; of a public key
            its hash, so that both forms of paying to it are one account; of an unknown witness program the script
            itself; of any other script the first 20 bytes of its SHA-256. Empty for scripts that nobody can spend.
    """

    kinds: Kinds
    payloads: Slices


def commitments(scripts: Slices) -> Commitments:
    """What each of some output scripts commits to."""
    kinds, starts, lengths = _classify(read_only(scripts.data), scripts.starts, scripts.lengths)
    hashed: list[bytes] = []
    known: dict[bytes, bytes] = {}
    rows = np.flatnonzero((kinds == PUBKEY) | (kinds == NONSTANDARD))
    for row in rows:
        script = scripts[int(row)]
        if script not in known:
            # A public key stands between the byte that pushes it and the operation at the end.
            known[script] = (
                hash160(script[1:-1]) if kinds[row] == PUBKEY else hashlib.sha256(script).digest()[:NONSTANDARD_PAYLOAD]
            )
        hashed.append(known[script])
    if not hashed:
        return Commitments(kinds, Slices(scripts.data, starts, lengths))
    # Payloads that are not a part of their script stand behind all scripts.
    starts[rows] = len(scripts.data) + np.arange(len(rows)) * NONSTANDARD_PAYLOAD
    lengths[rows] = NONSTANDARD_PAYLOAD
    data = np.concatenate([scripts.data, np.frombuffer(b"".join(hashed), dtype=np.uint8)])
    return Commitments(kinds, Slices(data, starts, lengths))


@numba.njit(nogil=True, cache=True)
def _classify(data: Bytes, starts: Integers, lengths: Integers) -> tuple[Kinds, Integers, Integers]:
    """The kind of each script, and where in it and how long its payload is, where it is a part of the script."""
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
