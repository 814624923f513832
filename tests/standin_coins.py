"""What a stand-in for a node tells of outputs that are not spent, and of the totals of a block."""

from collections.abc import Sequence

from tests.blocks.raw import NO_OUTPUT, Transaction
from tests.reference.accounts import address_of
from tests.reference.parameters import ChainParameters
from tests.reference.serialise import double_sha256, written
from tests.standin_blocks import COIN, Json, Kept

# An output by its transaction (as in an input) and its place in it: value, script and height.
Coins = dict[tuple[bytes, int], tuple[int, bytes, int]]


def unspent(chain: Sequence[Kept]) -> Coins:
    """The outputs that are not spent after some blocks from block 0 on, whose own output nobody can spend."""
    coins: Coins = {}
    for block in chain[1:]:
        for transaction in block.block.transactions:
            _apply(coins, transaction, block.height)
    return coins


def block_totals(chain: Sequence[Kept], parameters: ChainParameters) -> dict[str, int]:
    """Totals of the last one of some blocks from block 0 on (``getblockstats``)."""
    coins, last = unspent(chain[:-1]), chain[-1]
    coinbase, *payments = last.block.transactions
    spent, paid = 0, 0
    for payment in payments:
        spent += sum(coins[item.txid, item.index][0] for item in payment.inputs)
        paid += sum(value for value, _ in payment.outputs)
        _apply(coins, payment, last.height)
    return {
        "txs": len(payments) + 1,
        "ins": sum(len(payment.inputs) for payment in payments),
        "outs": len(coinbase.outputs) + sum(len(payment.outputs) for payment in payments),
        "total_out": paid,
        "totalfee": spent - paid,
        "subsidy": parameters.subsidy(last.height),
        "total_size": sum(len(payment.data()) for payment in payments),
        "total_weight": sum(3 * len(payment.data(witnesses=False)) + len(payment.data()) for payment in payments),
    }


def scanned(chain: Sequence[Kept], addresses: Sequence[str], parameters: ChainParameters) -> Json:
    """The unspent outputs of some addresses (``scantxoutset``)."""
    found = [
        {"txid": written(txid), "vout": place, "scriptPubKey": script.hex(), "amount": value / COIN, "height": height}
        for (txid, place), (value, script, height) in sorted(unspent(chain).items())
        if address_of(script, parameters) in addresses
    ]
    return {"height": chain[-1].height, "unspents": found}


def _apply(coins: Coins, transaction: Transaction, height: int) -> None:
    """Take away what a transaction spends, and add what it pays."""
    for item in transaction.inputs:
        if item.index != NO_OUTPUT:
            del coins[item.txid, item.index]
    txid = double_sha256(transaction.data(witnesses=False))
    for place, (value, script) in enumerate(transaction.outputs):
        if script[:1] != b"\x6a":
            coins[txid, place] = (value, script, height)
