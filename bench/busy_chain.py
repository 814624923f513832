"""A regtest chain of busy days: thousands of transactions a block, as on mainnet, made without a wallet.

Outputs pay to witness script hashes of `<number> OP_DROP OP_TRUE`; each number gives another address. Anyone may spend
them, so a transaction needs no signature and takes a few lines of code.
"""

import hashlib
import random
import struct
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.node import Node

START = int(datetime(2024, 5, 1, tzinfo=UTC).timestamp())
BLOCKS_A_DAY, SECONDS_A_BLOCK = 24, 3_600
# The first coinbases are divided among so many outputs each, once they may be spent.
FUNDED_BLOCKS, FUNDING_OUTPUTS, MATURITY = 4, 1_500, 100
FEE = 1_000


@dataclass(frozen=True)
class Coin:
    """An unspent output: its transaction id (in internal byte order), index, value, and its number."""

    txid: bytes
    index: int
    value: int
    number: int


def mine(node: Node, days: int, transactions_a_block: int, seed: int = 1) -> None:
    """Mine ``days`` complete days; each transaction has two inputs and three outputs."""
    drawn = random.Random(seed)
    clock = START
    coins: list[Coin] = []
    for _ in range(MATURITY + FUNDED_BLOCKS):
        clock = _block(node, clock, [])
    for height in range(1, FUNDED_BLOCKS + 1):
        coinbase = node.rpc("getblock", node.rpc("getblockhash", height), 2)["tx"][0]
        reward = Coin(bytes.fromhex(coinbase["txid"])[::-1], 0, round(coinbase["vout"][0]["value"] * 10**8), 0)
        raw, made = _transaction([reward], FUNDING_OUTPUTS, drawn)
        coins += made
        clock = _block(node, clock, [raw])
    for _ in range(days * BLOCKS_A_DAY):
        raws = []
        for _ in range(transactions_a_block):
            spent = [coins.pop(drawn.randrange(len(coins))) for _ in range(2)]
            raw, made = _transaction(spent, 3, drawn)
            raws.append(raw)
            coins += made
        clock = _block(node, clock, raws)
    # blocks of the day after, which make the last one complete
    for _ in range(BLOCKS_A_DAY):
        clock = _block(node, clock, [])


def _block(node: Node, clock: int, raws: list[str]) -> int:
    node.rpc("setmocktime", clock)
    node.rpc("generateblock", f"raw({_script(0).hex()})", raws)
    return clock + SECONDS_A_BLOCK


def _witness_script(number: int) -> bytes:
    return b"\x04" + struct.pack("<I", number) + b"\x75\x51"


def _script(number: int) -> bytes:
    return b"\x00\x20" + hashlib.sha256(_witness_script(number)).digest()


def _transaction(spent: list[Coin], outputs: int, drawn: random.Random) -> tuple[str, list[Coin]]:
    """A transaction in hexadecimal, and the coins that it makes."""
    share = (sum(coin.value for coin in spent) - FEE) // outputs
    numbers = [drawn.getrandbits(32) for _ in range(outputs)]
    inputs = b"".join(coin.txid + struct.pack("<I", coin.index) + b"\x00\xff\xff\xff\xff" for coin in spent)
    paid = b"".join(struct.pack("<q", share) + b"\x22" + _script(number) for number in numbers)
    body = _count(len(spent)) + inputs + _count(outputs) + paid
    version, lock_time = b"\x02\x00\x00\x00", b"\x00\x00\x00\x00"
    txid = hashlib.sha256(hashlib.sha256(version + body + lock_time).digest()).digest()
    witnesses = b"".join(b"\x01\x07" + _witness_script(coin.number) for coin in spent)
    raw = version + b"\x00\x01" + body + witnesses + lock_time
    return raw.hex(), [Coin(txid, index, share, number) for index, number in enumerate(numbers)]


def _count(number: int) -> bytes:
    return bytes([number]) if number < 0xFD else b"\xfd" + struct.pack("<H", number)
