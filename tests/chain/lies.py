"""Lies about a block, told in a node's JSON, in its raw bytes, in export files and in the public data set alike."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.chain.said_blocks import Json, raw_transaction
from tests.reference.serialise import double_sha256, merkle_root, written

SATOSHI = Decimal("0.00000001")


@dataclass(frozen=True)
class Lie:
    """A lie about a block.

    Attributes:
        tell: changes what the node says of the block (``getblock``, verbosity 2).
        transaction: which of its transactions it is about; None where it is about the block.
    """

    tell: Callable[[Json], object]
    transaction: int | None = None


def told(lie: Lie, block: Json) -> Json:
    """What is said of a block by who tells a lie."""
    lied = copy.deepcopy(block)
    lie.tell(lied)
    for tx in lied["tx"]:
        tx["hex"] = raw_transaction(tx, witnesses=True).hex()
    return lied


def _outputs(tx: Json) -> list[Json]:
    for place, output in enumerate(tx["vout"]):
        output["n"] = place
    return tx["vout"]


def _add(path: str, amount: int | Decimal) -> Callable[[Json], None]:
    return _set(path, lambda value: value + amount)


def _flip(path: str) -> Callable[[Json], None]:
    """Another last digit of a hexadecimal text."""
    return _set(path, lambda text: text[:-1] + f"{int(text[-1], 16) ^ 1:x}")


def _set(path: str, change: Callable[[Any], Any]) -> Callable[[Json], None]:
    *parents, last = [int(step) if step.isdigit() else step for step in path.split(".")]

    def tell(block: Json) -> None:
        part: Any = block
        for step in parents:
            part = part[step]
        part[last] = change(part[last])

    return tell


def _swap(path: str, first: int, second: int) -> Callable[[Json], None]:
    def tell(block: Json) -> None:
        part: Any = block
        for step in path.split("."):
            part = part[int(step) if step.isdigit() else step]
        part[first], part[second] = part[second], part[first]
        for tx in block["tx"]:
            _outputs(tx)

    return tell


def _both(*tells: Callable[[Json], object]) -> Callable[[Json], None]:
    def tell(block: Json) -> None:
        for each in tells:
            each(block)

    return tell


def _counted(change: Callable[[list[Json]], object]) -> Callable[[Json], None]:
    """A change of the list of transactions, whose count fits."""

    def tell(block: Json) -> None:
        change(block["tx"])
        block["nTx"] = len(block["tx"])

    return tell


def _flip_script(block: Json) -> None:
    """Another last digit of the first script that an input has."""
    scripts = (item["scriptSig"] for tx in block["tx"][1:] for item in tx["vin"] if item["scriptSig"]["hex"])
    script = next(scripts)
    script["hex"] = script["hex"][:-1] + f"{int(script['hex'][-1], 16) ^ 1:x}"


def _swap_txids(block: Json) -> None:
    first, second = block["tx"][2], block["tx"][3]
    first["txid"], second["txid"] = second["txid"], first["txid"]
    first["hash"], second["hash"] = second["hash"], first["hash"]


def _named(*, root: bool) -> Callable[[Json], None]:
    """Ids of transactions that fit their fields, and a Merkle root that fits the ids."""

    def tell(block: Json) -> None:
        for tx in block["tx"]:
            tx["txid"] = written(double_sha256(raw_transaction(tx, witnesses=False)))
            tx["hash"] = written(double_sha256(raw_transaction(tx, witnesses=True)))
        if root:
            block["merkleroot"] = merkle_root([tx["txid"] for tx in block["tx"]])

    return tell


def _more(block: Json) -> None:
    """One more output, of nothing, with a size that fits."""
    outputs = block["tx"][2]["vout"]
    outputs.append(copy.deepcopy(outputs[0]) | {"value": Decimal("0.00000000"), "n": len(outputs)})


def _fewer(block: Json) -> None:
    block["tx"][2]["vout"].pop()


def _without_witnesses(block: Json) -> None:
    """All witnesses left out, with sizes and ids that fit: what is left proves itself, but for what is missing."""
    for tx in block["tx"]:
        for item in tx["vin"]:
            item.pop("txinwitness", None)
        bare = (tx["weight"] - tx["size"]) // 3
        tx |= {"size": bare, "vsize": bare, "weight": 4 * bare, "hash": tx["txid"]}
    block |= {"size": block["strippedsize"], "weight": 4 * block["strippedsize"]}


def _fitting(tell: Callable[[Json], object]) -> Callable[[Json], None]:
    """A lie about witnesses, with hashes and sizes of transactions and the block that fit it."""

    def fit(block: Json) -> None:
        tell(block)
        size = block["size"] - sum(tx["size"] for tx in block["tx"])
        for tx in block["tx"]:
            bare, whole = (raw_transaction(tx, witnesses=witnesses) for witnesses in (False, True))
            weight = 3 * len(bare) + len(whole)
            tx |= {"size": len(whole), "weight": weight, "vsize": (weight + 3) // 4}
            tx["hash"] = written(double_sha256(whole))
        block["size"] = size + sum(tx["size"] for tx in block["tx"])
        block["weight"] = 3 * block["strippedsize"] + block["size"]

    return fit


def _only_coinbase_has_a_witness(block: Json) -> None:
    for tx in block["tx"][1:]:
        for item in tx["vin"]:
            item.pop("txinwitness", None)


def _longer_witness(block: Json) -> None:
    block["tx"][2]["vin"][0]["txinwitness"][0] += "00" * 100


def _another(transactions: list[Json]) -> None:
    other = copy.deepcopy(transactions[3])
    other["locktime"] += 1
    other["txid"] = written(double_sha256(raw_transaction(other, witnesses=False)))
    other["hash"] = written(double_sha256(raw_transaction(other, witnesses=True)))
    transactions.append(other)


LIES: dict[str, Lie] = {
    "an amount, one satoshi more": Lie(_add("tx.2.vout.0.value", SATOSHI), 2),
    "an amount, one satoshi less": Lie(_add("tx.2.vout.1.value", -SATOSHI), 2),
    "a satoshi from one output to another": Lie(
        _both(_add("tx.2.vout.0.value", SATOSHI), _add("tx.2.vout.1.value", -SATOSHI)), 2
    ),
    "a satoshi from one transaction to another": Lie(
        _both(_add("tx.2.vout.0.value", SATOSHI), _add("tx.3.vout.0.value", -SATOSHI)), 2
    ),
    "a coinbase of one satoshi less": Lie(_add("tx.0.vout.0.value", -SATOSHI), 0),
    "an amount of nothing": Lie(_set("tx.2.vout.0.value", lambda _: Decimal("0E-8")), 2),
    "a digit of an output's script": Lie(_flip("tx.2.vout.0.scriptPubKey.hex"), 2),
    "an output's script that is empty": Lie(_set("tx.2.vout.0.scriptPubKey.hex", lambda _: ""), 2),
    "a longer script": Lie(_set("tx.2.vout.0.scriptPubKey.hex", lambda text: text + "00"), 2),
    "a digit of the coinbase's output script": Lie(_flip("tx.0.vout.0.scriptPubKey.hex"), 0),
    "the witness commitment": Lie(_flip("tx.0.vout.1.scriptPubKey.hex"), 0),
    "outputs in another order": Lie(_swap("tx.2.vout", 0, 1), 2),
    "an output more": Lie(_more, 2),
    "an output less": Lie(_fewer, 2),
    "an id": Lie(_both(_flip("tx.2.txid"), _flip("tx.2.hash")), 2),
    "the coinbase's id": Lie(_both(_flip("tx.0.txid"), _flip("tx.0.hash")), 0),
    "ids of two transactions, one for the other": Lie(_swap_txids, 2),
    "transactions in another order": Lie(_swap("tx", 1, 2)),
    "the last transactions in another order": Lie(_swap("tx", 3, 4)),
    "a transaction less": Lie(_counted(lambda txs: txs.pop())),
    "a transaction less in the middle": Lie(_counted(lambda txs: txs.pop(2))),
    "a transaction more": Lie(_counted(_another)),
    "the last transaction twice, which leaves the Merkle root as it is": Lie(_counted(lambda txs: txs.append(txs[-1]))),
    "a transaction twice": Lie(_counted(lambda txs: txs.insert(2, txs[1]))),
    "only the coinbase": Lie(_counted(lambda txs: txs.__delitem__(slice(1, None)))),
    "the transaction that an input spends": Lie(_flip("tx.2.vin.0.txid"), 2),
    "the output that an input spends": Lie(_add("tx.2.vin.0.vout", 1), 2),
    "an input's sequence": Lie(_add("tx.2.vin.0.sequence", -1), 2),
    "an input's script": Lie(_flip_script),
    "an input's script that is not there": Lie(_set("tx.4.vin.0.scriptSig.hex", lambda text: text + "51"), 4),
    "inputs in another order": Lie(_swap("tx.2.vin", 0, 1), 2),
    "an input less": Lie(lambda block: block["tx"][2]["vin"].pop(), 2),
    "an input twice": Lie(lambda block: block["tx"][2]["vin"].append(block["tx"][2]["vin"][0]), 2),
    "a transaction's version": Lie(_add("tx.2.version", 1), 2),
    "a transaction's lock time": Lie(_add("tx.2.locktime", 1), 2),
    "the coinbase's script": Lie(_flip("tx.0.vin.0.coinbase"), 0),
    "the coinbase's lock time": Lie(_add("tx.0.locktime", 1), 0),
    "a transaction's size": Lie(_add("tx.2.size", 4), 2),
    "sizes of two transactions that cancel out": Lie(_both(_add("tx.2.size", 4), _add("tx.3.size", -4)), 2),
    "sizes that fit together": Lie(_both(*(_add(f"{part}", 4) for part in ("tx.2.size", "size", "weight"))), 2),
    "no witnesses": Lie(_without_witnesses),
    "a digit of a witness": Lie(_flip("tx.2.vin.0.txinwitness.0"), 2),
    "a witness item less": Lie(lambda block: block["tx"][2]["vin"][0]["txinwitness"].pop(), 2),
    "a witness item more": Lie(lambda block: block["tx"][2]["vin"][0]["txinwitness"].append("00"), 2),
    "witness items in another order": Lie(_swap("tx.2.vin.0.txinwitness", 0, 1), 2),
    "the coinbase's witness": Lie(_flip("tx.0.vin.0.txinwitness.0"), 0),
    "a longer witness of the coinbase": Lie(_set("tx.0.vin.0.txinwitness.0", lambda text: text + "00"), 0),
    "a virtual size": Lie(_add("tx.2.vsize", 1), 2),
    "a block's size": Lie(_add("size", 1)),
    "a block's stripped size": Lie(_add("strippedsize", -1)),
    "a block's weight": Lie(_add("weight", 1)),
    "a block's version": Lie(_add("version", 1)),
    "a Merkle root": Lie(_flip("merkleroot")),
    "a time": Lie(_add("time", 1)),
    "a time of the next day": Lie(_add("time", 86_400)),
    "a nonce": Lie(_add("nonce", 1)),
    "bits": Lie(_flip("bits")),
    "bits beyond all": Lie(_set("bits", lambda _: "ffffffff")),
    "a height": Lie(_add("height", 1)),
    "a block's id": Lie(_flip("hash")),
    "the parent's id": Lie(_flip("previousblockhash")),
    "an amount, with ids that fit": Lie(_both(_add("tx.2.vout.0.value", SATOSHI), _named(root=False)), None),
    "an amount, with ids and a Merkle root that fit": Lie(
        _both(_add("tx.0.vout.0.value", -SATOSHI), _named(root=True)), None
    ),
    "how many transactions there are": Lie(_add("nTx", 1)),
}

# Only the commitment of the coinbase tells these, and so only a source that gives all witnesses: the days of the others
# enter, and lack the proof of the sizes of witnesses.
UNCOMMITTED: dict[str, Callable[[Json], object]] = {
    "no witnesses but the coinbase's": _fitting(_only_coinbase_has_a_witness),
    "a longer witness": _fitting(_longer_witness),
    "a witness more": _fitting(lambda block: block["tx"][1]["vin"][0].update(txinwitness=["51"])),
    "another witness of the same length": _fitting(_flip("tx.2.vin.0.txinwitness.0")),
}

# Nothing of this is kept in the lake, or commits to anything.
NO_LIES: dict[str, Callable[[Json], object]] = {
    "script_asm": _set("tx.2.vout.0.scriptPubKey.asm", lambda _: "OP_RETURN"),
    "an input's asm": _set("tx.1.vin.0.scriptSig.asm", lambda _: "0"),
    "type": _set("tx.2.vout.0.scriptPubKey.type", lambda _: "multisig"),
    "address": _set("tx.2.vout.0.scriptPubKey.address", lambda _: "1BitcoinEaterAddressDontSendf59kuE"),
    "difficulty": _set("difficulty", lambda _: Decimal("7.5")),
    "confirmations": _set("confirmations", lambda _: -1),
    "chainwork": _flip("chainwork"),
    "what comes after": _flip("nextblockhash"),
}
