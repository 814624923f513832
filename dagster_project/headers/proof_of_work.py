"""Difficulty and work of a bitcoin-like block, from the compact target in its header (``bits``)."""

import re


def target(bits: str) -> int:
    """Decode a compact target: one byte of exponent, a sign bit, 23 bits of mantissa.

    Raises:
        ValueError: the text is no compact target, or the target is not above 0.
    """
    if not re.fullmatch(r"[0-9a-f]{8}", bits):
        raise ValueError(f"bits {bits} are no target")
    compact = int(bits, 16)
    exponent, mantissa = compact >> 24, compact & 0x007FFFFF
    value = mantissa << 8 * (exponent - 3) if exponent >= 3 else mantissa >> 8 * (3 - exponent)
    if compact & 0x00800000 or not 0 < value < 1 << 256:
        raise ValueError(f"bits {bits} are no target")
    return value


def work(bits: str) -> int:
    """Return the expected number of hashes that solve a block: floor(2^256 / (target + 1)).

    Raises:
        ValueError: the bits are no target, or the work does not fit the 38 digits of SQL's decimals.
    """
    hashes = (1 << 256) // (target(bits) + 1)
    if hashes >= 10**38:
        raise ValueError(f"bits {bits} mean more work than any chain has")
    return hashes


def difficulty(bits: str, one_bits: str) -> float:
    """Return how many times smaller the target is than the one that the chain calls difficulty 1 (``one_bits``)."""
    return target(one_bits) / target(bits)
