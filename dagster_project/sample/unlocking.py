"""The scripts of inputs, and the sizes of their witnesses.

Nothing is really signed: signatures are meaningless bytes. Witnesses only exist as sizes, so the witness commitments in
coinbases are meaningless too. But all lengths are realistic, so transactions have realistic sizes, with and without
witnesses.
"""

import numpy as np

from dagster_project.blocks.columns import Slices
from dagster_project.sample.accounts import KIND_BITS, IntArray, Kind, kind_of, payloads
from dagster_project.sample.scripts import KEYS, ByteArray, by_kind, for_distinct, framed, public_key, same

SIGNATURE = 71  # bytes, in DER form with the sighash byte after it
KEY = 33
MULTISIG_2_OF_3 = 3 + 3 * (1 + KEY)  # bytes of a script with three keys
# Size of a witness in bytes, with the count and the lengths of its items, by the kind of the output that is spent.
WITNESS_BYTES = np.zeros(len(Kind), dtype=np.int64)
WITNESS_BYTES[[Kind.P2WPKH, Kind.P2SH]] = 1 + (1 + SIGNATURE) + (1 + KEY)
WITNESS_BYTES[Kind.P2WSH] = 1 + 1 + 2 * (1 + SIGNATURE) + (1 + MULTISIG_2_OF_3)
WITNESS_BYTES[Kind.P2TR] = 1 + (1 + 64)
MARKER = 2  # additional bytes of a transaction that has a witness
NO_WITNESS = 1  # byte of each other input of such a transaction
COINBASE_WITNESS_BYTES = 1 + (1 + 32)  # where the coinbase commits to the block's witnesses

# Offsets of the seed, so that these bytes differ from those of accounts.
_KEY_STREAM, _R_STREAM, _S_STREAM = 1 << 40, 2 << 40, 3 << 40


def input_scripts(seed: int, account: IntArray, spent: IntArray, output: IntArray) -> Slices:
    """The scripts of inputs, from the account, transaction number and output index of the output that each spends."""
    # Unique for each output, because a transaction has fewer than 2^20 outputs.
    outpoint = (spent << 20 | output) << KIND_BITS
    return by_kind(kind_of(account), lambda kind, rows: _scripts_of_kind(seed, kind, account[rows], outpoint[rows]))


def witness_bytes(account: IntArray, inputs_of: IntArray, transactions: int) -> IntArray:
    """By transaction, the bytes of its witnesses; coinbases have no inputs here.

    Args:
        account: by input, the account of the output that it spends.
        inputs_of: by input, the position of its transaction.
        transactions: number of transactions.
    """
    size = WITNESS_BYTES[kind_of(account)]
    total = np.bincount(inputs_of, weights=np.maximum(size, NO_WITNESS), minlength=transactions).astype(np.int64)
    has = np.bincount(inputs_of, weights=size > 0, minlength=transactions) > 0
    return np.where(has, MARKER + total, 0)


def _scripts_of_kind(seed: int, kind: Kind, account: IntArray, outpoint: IntArray) -> Slices:
    count = len(account)
    if kind in (Kind.P2PKH, *KEYS, Kind.MULTISIG_1_OF_2, Kind.MULTISIG_2_OF_3):
        signed = _signatures(seed, outpoint)
        if kind is Kind.P2PKH:
            return framed(count, signed, bytes([KEY, 2]), payloads(seed + _KEY_STREAM, account, 4))
        if kind in (Kind.P2PK, Kind.P2PK_UNCOMPRESSED):
            return framed(count, signed)
        if kind is Kind.MULTISIG_1_OF_2:
            return framed(count, b"\x00", signed)
        if kind is Kind.MULTISIG_2_OF_3:
            return framed(count, b"\x00", signed, signed)
        keys = for_distinct(account, public_key, seed)
        size = int(keys.lengths[0])
        return framed(count, signed, bytes([size]), keys.gathered(keys.lengths).reshape(count, size))
    if kind is Kind.P2SH:  # of a P2WPKH script, as most wallets' are
        return framed(count, bytes.fromhex("160014"), payloads(seed + _KEY_STREAM, account, 3)[:, :20])
    if kind is Kind.HASH_LOCK:
        return framed(count, b"\x20", payloads(seed + _KEY_STREAM, account, 4))
    # An empty script is spent by a script that leaves true on the stack; all others need no script, or a witness.
    return same(count, b"\x51" if kind is Kind.EMPTY else b"")


def _signatures(seed: int, outpoint: IntArray) -> ByteArray:
    """Meaningless signatures with the length and DER form of real ones, each as a script push."""
    r, s = payloads(seed + _R_STREAM, outpoint, 4), payloads(seed + _S_STREAM, outpoint, 4)
    for number in (r, s):
        number[:, 0] = number[:, 0] & 0x7F | 0x40  # positive, and without leading zeros
    count = len(outpoint)
    framed_ = framed(count, bytes([SIGNATURE, 0x30, 68, 0x02, 32]), r, b"\x02\x20", s, b"\x01")
    return framed_.data.reshape(count, 1 + SIGNATURE)
