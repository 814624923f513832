"""Addresses of many hashes at once: base58check, bech32 (BIP 173) and bech32m (BIP 350) over numpy arrays."""

import hashlib
from typing import Any

import numpy as np

ByteArray = np.ndarray[Any, np.dtype[np.uint8]]
TextArray = np.ndarray[Any, np.dtype[np.str_]]

BASE58 = np.frombuffer(b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", dtype=np.uint8)
BECH32 = np.frombuffer(b"qpzry9x8gf2tvdw0s3jn54khce6mua7l", dtype=np.uint8)
BECH32_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
BECH32_CONSTANT, BECH32M_CONSTANT = 1, 0x2BC830A3
BASE58_DIGITS = 35  # of 25 bytes, at most
FIVE_DIGITS = 58**5


def texts(characters: ByteArray) -> TextArray:
    """Rows of ASCII codes as strings; trailing zeros are no characters."""
    width = characters.shape[1]
    return np.ascontiguousarray(characters, dtype=np.uint32).view(f"U{width}").reshape(-1)


def base58check(version: int, hashes: ByteArray) -> TextArray:
    """The base58check addresses of 20-byte hashes (rows) under a version byte."""
    if len(hashes) == 0:
        return np.empty(0, dtype="U1")
    payload = np.empty((len(hashes), 21), dtype=np.uint8)
    payload[:, 0] = version
    payload[:, 1:] = hashes
    sha256 = hashlib.sha256
    # hashlib in a comprehension hashes about a million payloads a second, twice what numpy arithmetic manages.
    packed = payload.tobytes()
    rows = [packed[start : start + 21] for start in range(0, len(packed), 21)]
    checksums = b"".join([sha256(sha256(row).digest()).digest()[:4] for row in rows])
    number = np.zeros((len(hashes), 28), dtype=np.uint8)  # seven 32-bit limbs, most significant first
    number[:, 3:24] = payload
    number[:, 24:] = np.frombuffer(checksums, dtype=np.uint8).reshape(-1, 4)
    limbs = number.view(">u4").astype(np.uint64).T.copy()
    digits = np.empty((len(hashes), BASE58_DIGITS), dtype=np.uint8)
    for group in range(BASE58_DIGITS // 5):
        remainder = np.zeros(len(hashes), dtype=np.uint64)
        for limb in limbs:
            value = remainder << np.uint64(32) | limb
            limb[:], remainder = np.divmod(value, np.uint64(FIVE_DIGITS))
        for digit in range(5):
            remainder, digits[:, BASE58_DIGITS - 1 - 5 * group - digit] = np.divmod(remainder, np.uint64(58))
    leading_zero_bytes = (number[:, 3:] != 0).argmax(axis=1)  # each is written as one digit 1
    start = (digits != 0).argmax(axis=1) - leading_zero_bytes
    position = start[:, None] + np.arange(BASE58_DIGITS)
    inside = position < BASE58_DIGITS
    taken = np.take_along_axis(digits, np.where(inside, position, 0), axis=1)
    return texts(np.where(inside, BASE58[taken], 0))


def five_bit_groups(programs: ByteArray) -> ByteArray:
    """Witness programs (rows of bytes) in groups of five bits, the last one filled with zeros."""
    bits = np.unpackbits(programs, axis=1)
    bits = np.pad(bits, ((0, 0), (0, -bits.shape[1] % 5)))
    groups = bits.reshape(len(programs), -1, 5)
    return (groups @ np.array([16, 8, 4, 2, 1], dtype=np.uint8)).astype(np.uint8)


def segwit(prefix: str, version: int, programs: ByteArray) -> TextArray:
    """The addresses of witness programs (rows): bech32 for version 0, bech32m for later ones."""
    if len(programs) == 0:
        return np.empty(0, dtype="U1")
    head = np.array([ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix], dtype=np.uint8)
    groups = five_bit_groups(programs)
    count = len(programs)
    data = np.concatenate([np.full((count, 1), version, dtype=np.uint8), groups], axis=1)
    checked = np.concatenate([np.tile(head, (count, 1)), data, np.zeros((count, 6), dtype=np.uint8)], axis=1)
    residue = np.ones(count, dtype=np.uint32)
    for column in checked.T:
        top = residue >> np.uint32(25)
        residue = (residue & np.uint32(0x1FFFFFF)) << np.uint32(5) ^ column
        for bit, generator in enumerate(BECH32_GENERATORS):
            residue ^= (top >> np.uint32(bit) & np.uint32(1)) * np.uint32(generator)
    residue ^= np.uint32(BECH32_CONSTANT if version == 0 else BECH32M_CONSTANT)
    shifts = np.arange(25, -1, -5, dtype=np.uint32)
    checksum = (residue[:, None] >> shifts & np.uint32(31)).astype(np.uint8)
    letters = BECH32[np.concatenate([data, checksum], axis=1)]
    lead = np.tile(np.frombuffer(f"{prefix}1".encode(), dtype=np.uint8), (count, 1))
    return texts(np.concatenate([lead, letters], axis=1))
