"""Whether the witnesses of a block, as a node answers them, are those that its coinbase commits to (BIP 141).

bitcoin-etl does not pass witnesses on, so this is the last place where the sizes of transactions can be proven.
"""

from collections.abc import Sequence
from hashlib import sha256

from dagster_project.blocks.sha256 import HASH_BYTES
from dagster_project.blocks.witnesses import COMMITMENT_BYTES, COMMITMENT_PREFIX
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
    commitment = _double_sha256(_merkle_root(wtxids) + _bytes(0, nonce[0])).hex()
    said = _commitment(block["tx"][0])
    if said != commitment:
        raise ImpossibleAnswerError(
            f"transaction 0: the block's witnesses have the commitment {commitment}, but it says {said or 'none'}"
        )


def _wtxid(number: int, transaction: Transaction) -> bytes:
    found = _double_sha256(_bytes(number, transaction["hex"]))
    if transaction["hash"] != found[::-1].hex():
        raise ImpossibleAnswerError(
            f"transaction {number}: its hash is {transaction['hash']}, but that of its hex is {found[::-1].hex()}"
        )
    return found


def _commitment(coinbase: Transaction) -> str | None:
    """The commitment of the last output that has one."""
    prefix = COMMITMENT_PREFIX.hex()
    for output in reversed(coinbase["vout"]):
        script = output["scriptPubKey"]["hex"]
        if script.startswith(prefix) and len(script) >= 2 * COMMITMENT_BYTES:
            return script[len(prefix) : 2 * COMMITMENT_BYTES]
    return None


def _merkle_root(hashes: Sequence[bytes]) -> bytes:
    while len(hashes) > 1:
        pairs = [*hashes, hashes[-1]] if len(hashes) % 2 else hashes
        hashes = [_double_sha256(pairs[place] + pairs[place + 1]) for place in range(0, len(pairs), 2)]
    return hashes[0]


def _double_sha256(data: bytes) -> bytes:
    return sha256(sha256(data).digest()).digest()


def _bytes(number: int, digits: str) -> bytes:
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise ImpossibleAnswerError(f"transaction {number}: {digits[:40]} are no hexadecimal digits") from None
