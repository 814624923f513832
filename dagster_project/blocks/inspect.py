"""Inspect a raw block of any Bitcoin chain: its fields, and whether they match its commitments."""

import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from dagster_project.blocks.columns import hash_text
from dagster_project.blocks.difficulty import target_of
from dagster_project.blocks.parse import UNWRITTEN_BYTES, parse_one
from dagster_project.blocks.proof import prove_merkle_roots
from dagster_project.blocks.walk import HEADER_BYTES
from dagster_project.blocks.witnesses import prove_witnesses
from dagster_project.errors import DisprovenError

RECORD_HEAD = 8  # in a node's files, the network's magic number and the block's length before each block
# Magic numbers of the known networks. A file's first four bytes are accepted too, if a block follows them.
MAGICS = tuple(bytes.fromhex(magic) for magic in ("f9beb4d9", "0b110907", "1c163f28", "0a03cf40", "fabfb5da"))
HEX_DIGITS = frozenset(b"0123456789abcdefABCDEF")
PRINTABLE = frozenset(string.printable.encode())


@dataclass(frozen=True)
class FoundBlock:
    """A raw block of a file.

    Attributes:
        place: its position in the file, as text such as ``byte 8``.
        data: its bytes; None where a line is not hexadecimal digits.
    """

    place: str
    data: bytes | None


def blocks_in(content: bytes, key: bytes) -> Iterator[FoundBlock]:
    """The raw blocks of a file: records of a node's ``blk*.dat``, lines of hexadecimal digits, or one binary block.

    Args:
        content: the file's bytes.
        key: the key with which the node XORs its files; empty for none.
    """
    if not content.strip():
        return
    plain = _unmasked(content, key)
    magic = plain[:4]
    if magic in MAGICS or (magic.strip(b"\0") and _is_record(plain, content)):
        yield from _records(plain, content, {magic, *MAGICS} if _is_record(plain, content) else set(MAGICS))
        return
    if HEX_DIGITS.issuperset(b"".join(content[: 2 * HEADER_BYTES].split())):
        yield from _lines(content)
        return
    # What is all printable is a text of another kind: 64 bytes of a header are hashes.
    if not PRINTABLE.issuperset(content[:HEADER_BYTES]):
        yield FoundBlock("byte 0", content)


def inspect_block(data: bytes) -> Mapping[str, object]:
    """The main fields of a raw block and the results of its checks, in display order.

    Raises:
        DamagedBlockError: the bytes are no block.
    """
    parsed = parse_one(np.frombuffer(data, dtype=np.uint8))
    columns = parsed.columns
    name, bits = hash_text(columns.hashes[0]), int(columns.bits[0])
    target = target_of(bits)
    return {
        "hash": name,
        "previous": hash_text(columns.previous_hashes[0]),
        "time": int(columns.times[0]),
        "bits": f"{bits:08x}",
        "work_checked": target is not None and int(name, 16) <= target,
        "merkle_root_checked": _holds(lambda: prove_merkle_roots(columns)),
        "witness_commitment_checked": _holds(lambda: prove_witnesses(parsed)) if parsed.has_witness[0] else None,
        "transactions": int(columns.transaction_counts[0]),
        "inputs": len(columns.spent_indexes),
        "outputs": len(columns.values),
        "output_value": int(columns.values.sum()),
        "size": int(columns.sizes[0]),
        "stripped_size": int(columns.stripped_sizes[0]),
        "weight": int(columns.weights[0]),
    }


def _holds(prove: Callable[[], None]) -> bool:
    try:
        prove()
    except DisprovenError:
        return False
    return True


def _lines(content: bytes) -> Iterator[FoundBlock]:
    lines = [(number, line.strip()) for number, line in enumerate(content.split(b"\n"), 1) if line.strip()]
    if all(len(line) <= 2 * HEADER_BYTES for _, line in lines):
        # Every line is too short for a block, so this is one block whose digits were wrapped.
        lines = [(lines[0][0], b"".join(line for _, line in lines))]
    for number, line in lines:
        yield FoundBlock(f"line {number}", _of_hex(line))


def _is_record(plain: bytes, content: bytes) -> bool:
    """Whether the file begins with a record of a node's ``blk*.dat`` file. ``plain`` is ``content`` without the XOR."""
    size = int.from_bytes(plain[4:RECORD_HEAD], "little")
    if not HEADER_BYTES < size <= len(plain) - RECORD_HEAD:
        return False
    bits = int.from_bytes(plain[RECORD_HEAD + 72 : RECORD_HEAD + 76], "little")
    behind = slice(RECORD_HEAD + size, RECORD_HEAD + size + 4)
    # After a block comes the next one, preallocated space (zeros on disk), or the end of the file.
    return target_of(bits) is not None and (plain[behind] == plain[:4] or not any(content[behind]))


def _records(plain: bytes, content: bytes, magics: set[bytes]) -> Iterator[FoundBlock]:
    offset = 0
    while True:
        if plain[offset : offset + 4] not in magics:
            found = [place for place in (plain.find(magic, offset) for magic in magics) if place >= 0]
            if not found:
                return
            offset = min(found)
        begin = offset + RECORD_HEAD
        size = int.from_bytes(plain[offset + 4 : begin], "little")
        if not size > HEADER_BYTES:
            offset += 1
        elif begin + size > len(plain):
            # The node is still writing this block, or the bytes only look like a magic number.
            offset += 1
        elif plain[begin + size : begin + size + 4] not in magics and not any(
            content[begin + size - UNWRITTEN_BYTES : begin + size]
        ):
            # The node has begun to write this block into preallocated space.
            offset = begin + size
        else:
            yield FoundBlock(f"byte {begin}", plain[begin : begin + size])
            offset = begin + size


def _of_hex(line: bytes) -> bytes | None:
    try:
        return bytes.fromhex(line.decode("ascii"))
    except ValueError:
        return None


def _unmasked(content: bytes, key: bytes) -> bytes:
    if not any(key):
        return content
    data = np.frombuffer(content, dtype=np.uint8)
    return (data ^ np.resize(np.frombuffer(key, dtype=np.uint8), len(data))).tobytes()
