"""Mines blocks with payments on a node without a wallet: with scripts that anybody may spend."""

import hashlib
from datetime import UTC, datetime
from decimal import Decimal

from tests.blocks.raw import Input, Transaction
from tests.node import Node
from tests.reference.accounts import hash160
from tests.reference.serialise import double_sha256, string

COIN = 100_000_000
MATURITY = 100
HOUR, DAY = 3_600, 86_400
# Days of a block each hour; then one of a single block and one without any; then days of a block each four hours.
START = int(datetime(2024, 5, 1, 1, tzinfo=UTC).timestamp())
BUSY_DAYS, QUIET_DAYS = 12, 26
PAID_DAYS = BUSY_DAYS + 2 + QUIET_DAYS
FEE, PAID = 1_234, COIN // 2
SEQUENCE = 0xFFFFFFFD


class PayingMiner:
    """Mines on a node, each block to a new script; payments spend coinbases as they mature.

    Args:
        node: the node.
        first: number of the first script: miners with other numbers make other blocks and payments.
    """

    def __init__(self, node: Node, first: int = 0) -> None:
        self._node, self._drawn = node, first
        # By output script: what an input needs to spend it, its script and its witness.
        self._keys: dict[str, tuple[bytes, list[bytes]]] = {}

    def mine(self, time: int, *, pay: bool = False) -> None:
        """Mine a block at a time; with a payment, which is spent by another one, where a coinbase is old enough."""
        self._node.rpc("setmocktime", time)
        height = self._node.rpc("getblockcount") + 1
        payments = self._payments(height - MATURITY) if pay and height > MATURITY else []
        self._node.rpc("generateblock", f"raw({self._script().hex()})", [payment.data().hex() for payment in payments])

    def _payments(self, height: int) -> list[Transaction]:
        """A payment with a coinbase to some scripts and one with what it pays, with some bytes of data."""
        coinbase = self._node.rpc("getblock", self._node.rpc("getblockhash", height), 2)["tx"][0]
        script, value = coinbase["vout"][0]["scriptPubKey"]["hex"], coinbase["vout"][0]["value"]
        satoshi = int(Decimal(str(value)) * COIN)
        data = b"\x6a\x04" + height.to_bytes(4, "little")
        change = satoshi - PAID - FEE
        first = self._spending(coinbase["txid"], script, [(PAID, self._script()), (change, self._script())])
        txid = double_sha256(first.data(witnesses=False))[::-1].hex()
        paid = first.outputs[0][1].hex()
        second = self._spending(txid, paid, [(PAID // 3, self._script()), (PAID // 3, first.outputs[1][1]), (0, data)])
        return [first, second]

    def _spending(self, txid: str, script: str, outputs: list[tuple[int, bytes]]) -> Transaction:
        """A transaction that spends the first output of another one, which has a script."""
        script_sig, witness = self._keys[script]
        return Transaction(2, [Input(bytes.fromhex(txid)[::-1], 0, script_sig, SEQUENCE, witness)], outputs, 0)

    def _script(self) -> bytes:
        """A new output script: P2WSH, P2SH, or the one within the other, in turns."""
        self._drawn += 1
        anybody = string(self._drawn.to_bytes(4, "little")) + b"\x75\x51"  # OP_DROP OP_TRUE
        program = b"\x00" + string(hashlib.sha256(anybody).digest())
        script, key = {
            0: (program, (b"", [anybody])),
            1: (_p2sh(anybody), (string(anybody), [])),
            2: (_p2sh(program), (string(program), [anybody])),
        }[self._drawn % 3]
        self._keys[script.hex()] = key
        return script


def mine_paid_days(node: Node) -> None:
    """Mine forty days, of which one has no block, and what completes them; payments begin on the fifth one."""
    miner = PayingMiner(node)
    busy = [START + number * HOUR for number in range(24 * BUSY_DAYS)]
    quiet = [START + (BUSY_DAYS + 2) * DAY + number * 4 * HOUR for number in range(6 * (QUIET_DAYS + 2))]
    for time in busy + quiet:
        miner.mine(time, pay=True)


def _p2sh(redeemed: bytes) -> bytes:
    return b"\xa9" + string(hash160(redeemed)) + b"\x87"
