"""Transactions, blocks and their ids as Bitcoin's rules make them, byte by byte with ``hashlib``.

An oracle of the pipeline's own parsing and hashing, with which it shares no code.
"""

import hashlib
from collections.abc import Sequence

from .ledger import Row

GENESIS_COINBASE_SCRIPT = (
    "04ffff001d0104455468652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f"
    "6e64206261696c6f757420666f722062616e6b73"
)
NO_HASH = "00" * 32
COMMITMENT_PREFIX = "6a24aa21a9ed"
# The value that coinbases' witnesses hold; any other 32 bytes would do.
WITNESS_NONCE = bytes(32)


def double_sha256(data: bytes) -> bytes:
    """SHA-256 of SHA-256."""
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def written(digest: bytes) -> str:
    """Return a hash as people write it: the last byte first."""
    return digest[::-1].hex()


def number(value: int) -> bytes:
    """Return Bitcoin's variable-length integer."""
    if value < 0xFD:
        return value.to_bytes(1, "little")
    if value <= 0xFFFF:
        return b"\xfd" + value.to_bytes(2, "little")
    if value <= 0xFFFFFFFF:
        return b"\xfe" + value.to_bytes(4, "little")
    return b"\xff" + value.to_bytes(8, "little")


def string(data: bytes) -> bytes:
    """Return bytes with their length before them."""
    return number(len(data)) + data


def input_bytes(txid: str, index: int, script_hex: str, sequence: int) -> bytes:
    """Return an input without its witness."""
    outpoint = bytes.fromhex(txid)[::-1] + index.to_bytes(4, "little")
    return outpoint + string(bytes.fromhex(script_hex)) + sequence.to_bytes(4, "little")


def transaction_bytes(
    row: Row,
    coinbase_script: str | None = None,
    witnesses: Sequence[Sequence[bytes]] = (),
    coinbase_sequence: int = 0xFFFFFFFF,
) -> bytes:
    """Return a row of bitcoin-etl as bytes again.

    Args:
        row: the transaction.
        coinbase_script: of a coinbase, whose input the row does not have.
        witnesses: by input, its witness; nothing for the form of which the txid is the hash.
        coinbase_sequence: sequence of a coinbase's input, which the row does not have either.

    """
    if coinbase_script is None:
        inputs = [
            input_bytes(i["spent_transaction_hash"], i["spent_output_index"], i["script_hex"], i["sequence"])
            for i in row["inputs"]
        ]
    else:
        inputs = [input_bytes(NO_HASH, 0xFFFFFFFF, coinbase_script, coinbase_sequence)]
    outputs = [o["value"].to_bytes(8, "little") + string(bytes.fromhex(o["script_hex"])) for o in row["outputs"]]
    body = number(len(inputs)) + b"".join(inputs) + number(len(outputs)) + b"".join(outputs)
    stacks = b"".join(number(len(stack)) + b"".join(map(string, stack)) for stack in witnesses)
    version, lock_time = (row["version"] % 2**32).to_bytes(4, "little"), row["lock_time"].to_bytes(4, "little")
    return version + (b"\x00\x01" if witnesses else b"") + body + stacks + lock_time


def txid_of(row: Row, coinbase_script: str | None = None, coinbase_sequence: int = 0xFFFFFFFF) -> str:
    """Return the id of a transaction."""
    return written(double_sha256(transaction_bytes(row, coinbase_script, (), coinbase_sequence)))


def merkle_root(hashes: Sequence[str]) -> str:
    """Return the Merkle root of ids; of an odd number the last one is hashed with itself."""
    if len(hashes) == 1:
        return hashes[0]
    pairs = list(hashes) + [hashes[-1]] * (len(hashes) % 2)
    level = [
        written(double_sha256(bytes.fromhex(left)[::-1] + bytes.fromhex(right)[::-1]))
        for left, right in zip(pairs[::2], pairs[1::2], strict=True)
    ]
    return merkle_root(level)


def commitment_script(wtxids: Sequence[str]) -> str:
    """Return the script in which a coinbase commits to witnesses (BIP 141), of the ids with witnesses of the others."""
    root = bytes.fromhex(merkle_root([NO_HASH, *wtxids]))[::-1]
    return COMMITMENT_PREFIX + double_sha256(root + WITNESS_NONCE).hex()


def header_bytes(block: Row, previous_hash: str) -> bytes:
    """Return the header of a row of bitcoin-etl."""
    return b"".join(
        (
            (block["version"] % 2**32).to_bytes(4, "little"),
            bytes.fromhex(previous_hash)[::-1],
            bytes.fromhex(block["merkle_root"])[::-1],
            block["timestamp"].to_bytes(4, "little"),
            int(block["bits"], 16).to_bytes(4, "little"),
            int(block["nonce"], 16).to_bytes(4, "little"),
        )
    )


def target(bits: str) -> int:
    """Return the number that a block's hash must not exceed."""
    size, mantissa = int(bits[:2], 16), int(bits[2:], 16)
    return mantissa * 256 ** (size - 3)


def mined(block: Row, previous_hash: str) -> Row:
    """Return a block with the first nonce that gives it enough work, and with its hash."""
    for nonce in range(2**32):
        found = block | {"nonce": f"{nonce:x}"}
        name = written(double_sha256(header_bytes(found, previous_hash)))
        if int(name, 16) <= target(block["bits"]):
            return found | {"hash": name}
    raise AssertionError("no nonce gives enough work")


def unmined(block: Row, previous_hash: str) -> Row:
    """Return a block with its hash, however little work that shows."""
    return block | {"hash": written(double_sha256(header_bytes(block, previous_hash)))}
