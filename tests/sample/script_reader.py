"""The account of a script, read byte by byte with the base58 and bech32 libraries (docs/method.md, 3)."""

import hashlib

import base58
import bech32
from Crypto.Hash import RIPEMD160

from dagster_project.blocks.parameters import ChainParameters

UNSPENDABLE = "UNSPENDABLE"


def hash160(data: bytes) -> bytes:
    return RIPEMD160.new(hashlib.sha256(data).digest()).digest()


def segwit_address(prefix: str, version: int, program: bytes) -> str:
    groups = bech32.convertbits(list(program), 8, 5)
    assert groups is not None
    data = [version, *groups]
    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    constant = 1 if version == 0 else 0x2BC830A3
    residue = bech32.bech32_polymod(expanded + data + [0] * 6) ^ constant
    checksum = [residue >> shift & 31 for shift in range(25, -1, -5)]
    return prefix + "1" + "".join(bech32.CHARSET[digit] for digit in data + checksum)


def address_of(script: bytes, chain: ChainParameters) -> str | None:
    """The address of a script, or None where it has none."""
    if len(script) == 25 and script.startswith(b"\x76\xa9\x14") and script.endswith(b"\x88\xac"):
        return base58.b58encode_check(bytes([chain.p2pkh_version]) + script[3:23]).decode()
    if len(script) == 23 and script.startswith(b"\xa9\x14") and script.endswith(b"\x87"):
        return base58.b58encode_check(bytes([chain.p2sh_version]) + script[2:22]).decode()
    version = script[0] - 0x50 if script and 0x51 <= script[0] <= 0x60 else 0
    witness = 4 <= len(script) <= 42 and (script[0] == 0 or version) and script[1] == len(script) - 2
    if witness and (version or len(script) in (22, 34)):
        return segwit_address(chain.bech32_prefix, version, script[2:])
    return None


def account_of(script: bytes, chain: ChainParameters) -> str:
    """The account of a script in the ledger."""
    if script[:1] == b"\x6a" or len(script) > 10_000:
        return UNSPENDABLE
    if address := address_of(script, chain):
        return address
    compressed = len(script) == 35 and script[0] == 33 and script[1] in (2, 3) and script[-1] == 0xAC
    full = len(script) == 67 and script[0] == 65 and script[1] in (4, 6, 7) and script[-1] == 0xAC
    if compressed or full:
        return base58.b58encode_check(bytes([chain.p2pkh_version]) + hash160(script[1:-1])).decode()
    return "nonstandard" + hashlib.sha256(script).hexdigest()[:40]
