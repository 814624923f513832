"""Account numbers, from which scripts and addresses are computed.

An account is one 64-bit integer, ``(space << 40 | index) << 5 | kind``, so that ten million of them fit into a numpy
array. Its script and address are functions of this number and the seed. Space and index give the owner; the kind gives
the type of script. Two kinds with the same space and index can share one public key: this gives P2PK and P2PKH outputs
of one account.
"""

from enum import IntEnum
from typing import Any

import numpy as np

from dagster_project.sample.plan import EXCHANGE_COUNT, SERVICES, Plan

IntArray = np.ndarray[Any, np.dtype[np.int64]]
WordArray = np.ndarray[Any, np.dtype[np.uint64]]

KIND_BITS = 5
INDEX_BITS = 40


class Kind(IntEnum):
    """The type of an output's script."""

    P2PKH = 0
    P2SH = 1
    P2WPKH = 2
    P2WSH = 3
    P2TR = 4
    P2PK = 5  # 33-byte key
    P2PK_UNCOMPRESSED = 6  # 65-byte key
    P2PKH_OF_KEY = 7  # of the key of P2PK
    P2PKH_OF_UNCOMPRESSED = 8  # of the key of P2PK_UNCOMPRESSED
    MULTISIG_1_OF_2 = 9
    MULTISIG_2_OF_3 = 10
    DATA = 11  # OP_RETURN with some bytes
    COMMITMENT = 12  # OP_RETURN of a coinbase, over the block's witnesses
    BARE_RETURN = 13  # OP_RETURN and nothing else
    WITNESS_UNKNOWN = 14  # version 2: it has an address, but no rules for spending it
    ANCHOR = 15
    DROP = 16  # anyone can spend
    TRUE = 17  # anyone can spend
    EMPTY = 18  # anyone can spend
    HASH_LOCK = 19
    BROKEN = 20  # a push without its data
    OVERSIZED = 21  # longer than 10,000 bytes, so unspendable


UNSPENDABLE_KINDS = (Kind.DATA, Kind.COMMITMENT, Kind.BARE_RETURN, Kind.BROKEN, Kind.OVERSIZED, Kind.WITNESS_UNKNOWN)
ODD_KINDS = (
    Kind.MULTISIG_1_OF_2,
    Kind.MULTISIG_2_OF_3,
    Kind.DROP,
    Kind.HASH_LOCK,
    Kind.WITNESS_UNKNOWN,
    Kind.ANCHOR,
    Kind.TRUE,
    Kind.EMPTY,
    Kind.BROKEN,
    Kind.OVERSIZED,
)
# Shares of script types among wallets: about those of 2022, with more of the old types.
WALLET_KINDS = np.repeat(
    np.array([Kind.P2PKH, Kind.P2SH, Kind.P2WPKH, Kind.P2WSH, Kind.P2TR], dtype=np.int64), [22, 20, 38, 6, 14]
)
EXCHANGE_KINDS = np.array([Kind.P2SH, Kind.P2PKH, Kind.P2WPKH, Kind.P2WSH], dtype=np.int64)


class Space(IntEnum):
    """The type of an account's owner; the index of an account counts within its space."""

    ONCE = 0  # a fresh address, used for one payment
    USER = 1  # the only address of a user who never changes it
    DEPOSIT = 2
    HOT = 3
    COLD = 4
    POOL = 5
    ODD = 6  # scripts that no wallet makes
    DATA = 7


def number(space: int, index: IntArray, kind: IntArray | Kind) -> IntArray:
    """The accounts of a kind at some indexes of a space."""
    return ((space << INDEX_BITS) + index << KIND_BITS) + kind


def kind_of(account: IntArray) -> IntArray:
    """The kinds of accounts."""
    return account & ((1 << KIND_BITS) - 1)


def mix(words: WordArray) -> WordArray:
    """Hash 64-bit words, so that similar inputs give unrelated results (the finaliser of SplitMix64)."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


def payloads(seed: int, account: IntArray, words: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The bytes of an account's key, hash or data, eight per word; they do not depend on the kind."""
    base = (account >> KIND_BITS).astype(np.uint64)[:, None] * np.uint64(4) + np.arange(words, dtype=np.uint64)
    start = mix(np.array([seed + 1], dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    scattered = mix(base * np.uint64(0x9E3779B97F4A7C15) + start)
    return scattered.astype(">u8").view(np.uint8).reshape(len(account), 8 * words)


class Owners:
    """Numbers of the actors: users first, then each exchange's deposits, hot and cold wallets, then pools."""

    def __init__(self, plan: Plan) -> None:
        self.deposit = plan.users
        self.hot = self.deposit + EXCHANGE_COUNT
        self.cold = self.hot + EXCHANGE_COUNT
        self.pool = self.cold + EXCHANGE_COUNT


def habits(owner: IntArray) -> IntArray:
    """A number per user that determines their habits (script type of the wallet, address reuse)."""
    return (mix(owner.astype(np.uint64) + np.uint64(7)) >> np.uint64(33)).astype(np.int64)


def receiving_accounts(
    plan: Plan, owner: IntArray, fresh: IntArray, coin: np.ndarray[Any, np.dtype[np.float64]]
) -> IntArray:
    """The accounts at which users receive: their only address, or a fresh one with the given index.

    Some users who mine have a bare key and are paid by either P2PK or P2PKH, as the random numbers in ``coin`` decide.
    """
    known = SERVICES + plan.miners
    habit = habits(owner)
    kind = WALLET_KINDS[habit % len(WALLET_KINDS)]
    keeps_one = (habit // 128 % 10 < 3) | (owner < known)
    once = number(Space.ONCE, fresh, kind)
    always = number(Space.USER, owner, kind)
    bare_key = (owner >= SERVICES) & (owner < known) & (habit // 2048 % 4 == 0)
    compressed = np.where(coin < 0.5, Kind.P2PK, Kind.P2PKH_OF_KEY)
    uncompressed = np.where(coin < 0.5, Kind.P2PK_UNCOMPRESSED, Kind.P2PKH_OF_UNCOMPRESSED)
    key_kind = np.where(habit // 8192 % 2 == 0, compressed, uncompressed)
    return np.where(bare_key, number(Space.USER, owner, key_kind), np.where(keeps_one, always, once))


def deposit_accounts(plan: Plan, exchange: IntArray, payer: IntArray) -> IntArray:
    """The deposit address that an exchange gave to a payer: always the same one, shared by a few payers."""
    index = (exchange << 28) + payer % plan.deposit_addresses
    return number(Space.DEPOSIT, index, EXCHANGE_KINDS[exchange % 3])


def hot_accounts(exchange: IntArray, which: IntArray) -> IntArray:
    """One of an exchange's three hot addresses (0, 1 or 2)."""
    return number(Space.HOT, (exchange << 4) + which, EXCHANGE_KINDS[(exchange + which) % 4])


def cold_accounts(exchange: IntArray, which: IntArray) -> IntArray:
    """One of an exchange's two cold addresses (0 or 1)."""
    return number(Space.COLD, (exchange << 4) + which, EXCHANGE_KINDS[(exchange + which) % 2])
