"""Whether the witnesses of a block, as a node answers them, are those that its coinbase commits to (BIP 141).

bitcoin-etl does not pass witnesses on, so this is the last place where the sizes of transactions can be proven.
"""

from hashlib import sha256

import numpy as np

from dagster_project.blocks.sha256 import HASH_BYTES
from dagster_project.blocks.witnesses import commitments, last_commitment
from dagster_project.chain.sources.rpc_answers import BlockAnswer, ImpossibleAnswerError, Transaction

# Marker and flag, after the version: in hexadecimal digits.
_MARKER = slice(8, 12)


def refuse_other_witnesses(block: BlockAnswer) -> None:
    """Accept a block only if its transactions, as written in ``hex``, have the witnesses that its coinbase commits to.

    Ids without witnesses are proven later, from the fields; here they are taken as they are said.

    Raises:
        ImpossibleAnswerError: a transaction has another size or hash, or the witnesses are others; the message names
            the transaction, if it is one.
    """
    wtxids, with_witness = [bytes(HASH_BYTES)], False
    for number, transaction in enumerate(block["tx"]):
        written = transaction["hex"]
        if len(written) != 2 * transaction["size"]:
            raise ImpossibleAnswerError(
                f"transaction {number}: its size is {transaction['size']}, but its hex has {len(written) // 2} bytes"
            )
        has_witness = written[_MARKER] == "0001"
        with_witness |= has_witness
        if number:
            wtxids.append(_wtxid(number, transaction) if has_witness else _bytes(number, transaction["txid"])[::-1])
    nonce = block["tx"][0]["vin"][0].get("txinwitness", [])
    if not with_witness and not nonce:
        return
    if len(nonce) != 1 or len(nonce[0]) != 2 * HASH_BYTES:
        raise ImpossibleAnswerError("transaction 0: it has witnesses to commit to, but no witness of 32 bytes itself")
    rows = np.frombuffer(b"".join(wtxids), dtype=np.uint8).reshape(-1, HASH_BYTES)
    own = np.frombuffer(_bytes(0, nonce[0]), dtype=np.uint8).reshape(1, HASH_BYTES)
    commitment = commitments(rows, np.array([0, len(wtxids)]), own)[0].tobytes()
    said = last_commitment(_bytes(0, output["scriptPubKey"]["hex"]) for output in reversed(block["tx"][0]["vout"]))
    if said != commitment:
        raise ImpossibleAnswerError(
            f"transaction 0: the block's witnesses have the commitment {commitment.hex()}, but it says "
            f"{said.hex() if said else 'none'}"
        )


def _wtxid(number: int, transaction: Transaction) -> bytes:
    found = sha256(sha256(_bytes(number, transaction["hex"])).digest()).digest()
    if transaction["hash"] != found[::-1].hex():
        raise ImpossibleAnswerError(
            f"transaction {number}: its hash is {transaction['hash']}, but that of its hex is {found[::-1].hex()}"
        )
    return found


def _bytes(number: int, digits: str) -> bytes:
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise ImpossibleAnswerError(f"transaction {number}: {digits[:40]} are no hexadecimal digits") from None
