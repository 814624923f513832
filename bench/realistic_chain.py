"""A regtest chain whose transactions have realistic sizes: legacy and segwit inputs, with signatures and keys.

No wallet signs anything. A legacy input spends a script hash, a segwit one a witness script hash. Their scripts drop
their arguments, which have the sizes of a signature and a public key. So anyone may spend the outputs, and a
transaction takes a few lines of code.
"""

import hashlib
import random
import struct
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.node import Node

START = int(datetime(2024, 5, 1, tzinfo=UTC).timestamp())
BLOCKS_A_DAY, SECONDS_A_BLOCK = 144, 600
MATURITY = 100
# The first coinbases are divided among so many outputs each, once they may be spent.
FUNDED_BLOCKS, FUNDING_OUTPUTS = 12, 2_500
FEE = 200
SIGNATURE, PUBLIC_KEY = bytes(72), b"\x02" + bytes(32)
OP_2DROP, OP_DROP, OP_TRUE = b"\x6d", b"\x75", b"\x51"


@dataclass(frozen=True)
class Coin:
    """An unspent output: its transaction id (in internal byte order), index, value, number and kind."""

    txid: bytes
    index: int
    value: int
    number: int
    is_segwit: bool


def mine(node: Node, transactions: int, transactions_a_block: int = 3_000, seed: int = 1) -> None:
    """Mine transactions of one to three inputs and two outputs, and the blocks that complete their last day."""
    drawn = random.Random(seed)
    clock = START
    coins: list[Coin] = []
    for _ in range(MATURITY + FUNDED_BLOCKS):
        clock = _block(node, clock, [])
    for height in range(1, FUNDED_BLOCKS + 1):
        coinbase = node.rpc("getblock", node.rpc("getblockhash", height), 2)["tx"][0]
        value = round(coinbase["vout"][0]["value"] * 10**8)
        reward = Coin(bytes.fromhex(coinbase["txid"])[::-1], 0, value, 0, is_segwit=True)
        raw, made = _transaction([reward], FUNDING_OUTPUTS, drawn)
        coins += made
        clock = _block(node, clock, [raw])
    for first in range(0, transactions, transactions_a_block):
        raws = []
        for _ in range(min(transactions_a_block, transactions - first)):
            spent = [_take(coins, drawn) for _ in range(drawn.choice((1, 1, 2, 2, 3)))]
            # Coins that were halved a dozen times are spent together with others.
            while sum(coin.value for coin in spent) < 100 * FEE:
                spent.append(_take(coins, drawn))
            raw, made = _transaction(spent, 2, drawn)
            raws.append(raw)
            coins += made
        clock = _block(node, clock, raws)
    for _ in range(BLOCKS_A_DAY + 10):
        clock = _block(node, clock, [])


def _take(coins: list[Coin], drawn: random.Random) -> Coin:
    place = drawn.randrange(len(coins))
    coins[place], coins[-1] = coins[-1], coins[place]
    return coins.pop()


def _block(node: Node, clock: int, raws: list[str]) -> int:
    node.rpc("setmocktime", clock)
    node.rpc("generateblock", f"raw({_script(0, is_segwit=True).hex()})", raws)
    return clock + SECONDS_A_BLOCK


def _redeem_script(number: int) -> bytes:
    """Drops a number of its own, the key and the signature, and is content."""
    return b"\x04" + struct.pack("<I", number) + OP_DROP + OP_2DROP + OP_TRUE


def _script(number: int, *, is_segwit: bool) -> bytes:
    digest = hashlib.sha256(_redeem_script(number)).digest()
    return b"\x00\x20" + digest if is_segwit else b"\xa9\x14" + hashlib.new("ripemd160", digest).digest() + b"\x87"


def _transaction(spent: list[Coin], outputs: int, drawn: random.Random) -> tuple[str, list[Coin]]:
    """A transaction in hexadecimal, and the coins that it makes."""
    share = (sum(coin.value for coin in spent) - FEE) // outputs
    kinds = [drawn.random() < 0.6 for _ in range(outputs)]
    numbers = [drawn.getrandbits(32) for _ in range(outputs)]
    scripts = [_script(number, is_segwit=kind) for number, kind in zip(numbers, kinds, strict=True)]
    inputs = b"".join(
        coin.txid + struct.pack("<I", coin.index) + _string(_unlocking(coin)) + b"\xff\xff\xff\xff" for coin in spent
    )
    paid = b"".join(struct.pack("<q", share) + _string(script) for script in scripts)
    body = _count(len(spent)) + inputs + _count(outputs) + paid
    version, lock_time = b"\x02\x00\x00\x00", b"\x00\x00\x00\x00"
    txid = hashlib.sha256(hashlib.sha256(version + body + lock_time).digest()).digest()
    coins = [
        Coin(txid, index, share, number, kind) for index, (number, kind) in enumerate(zip(numbers, kinds, strict=True))
    ]
    if not any(coin.is_segwit for coin in spent):
        return (version + body + lock_time).hex(), coins
    witnesses = b"".join(_witness(coin) for coin in spent)
    return (version + b"\x00\x01" + body + witnesses + lock_time).hex(), coins


def _unlocking(coin: Coin) -> bytes:
    if coin.is_segwit:
        return b""
    return _string(SIGNATURE) + _string(PUBLIC_KEY) + _string(_redeem_script(coin.number))


def _witness(coin: Coin) -> bytes:
    if not coin.is_segwit:
        return b"\x00"
    return b"\x03" + _string(SIGNATURE) + _string(PUBLIC_KEY) + _string(_redeem_script(coin.number))


def _string(data: bytes) -> bytes:
    return _count(len(data)) + data


def _count(number: int) -> bytes:
    return bytes([number]) if number < 0xFD else b"\xfd" + struct.pack("<H", number)
