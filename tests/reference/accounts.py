"""From an output script to its account (definitions, section 2), a function of the script alone."""

import hashlib
from functools import cache

import base58
from bech32 import CHARSET, bech32_hrp_expand, bech32_polymod, convertbits
from Crypto.Hash import RIPEMD160

from .parameters import ChainParameters

FEES = "FEES"
ISSUANCE = "ISSUANCE"
UNSPENDABLE = "UNSPENDABLE"
VIRTUAL = frozenset({FEES, ISSUANCE, UNSPENDABLE})

MAX_SCRIPT_BYTES = 10_000
BECH32_CONSTANT = 1
BECH32M_CONSTANT = 0x2BC830A3


def account_of(script_hex: str, chain: ChainParameters) -> str:
    """Return the account that an output with this script credits."""
    script = bytes.fromhex(script_hex)
    if script[:1] == b"\x6a" or len(script) > MAX_SCRIPT_BYTES:
        return UNSPENDABLE
    return account_of_spendable(script, chain)


@cache
def account_of_spendable(script: bytes, chain: ChainParameters) -> str:
    """Return the address, or the P2PKH address of a P2PK script's key, or ``nonstandard`` and the script's hash."""
    key = public_key_of(script)
    if key is not None:
        return base58_address(chain.p2pkh_version, hash160(key))
    return address_of(script, chain) or nonstandard(script)


def nonstandard(script: bytes) -> str:
    """bitcoin-etl's name of a script without address."""
    return "nonstandard" + hashlib.sha256(script).hexdigest()[:40]


def public_key_of(script: bytes) -> bytes | None:
    """Return the key of a P2PK script (compressed, uncompressed or hybrid; no curve check), else None."""
    key = script[1:-1]
    if script[-1:] != b"\xac" or script[:1] != bytes([len(key)]):
        return None
    compressed = len(key) == 33 and key[0] in (2, 3)
    full = len(key) == 65 and key[0] in (4, 6, 7)
    return key if compressed or full else None


def address_of(script: bytes, chain: ChainParameters) -> str | None:
    """Return the address that Bitcoin Core (22 and later) names for a script, else None."""
    if len(script) == 25 and script.startswith(bytes.fromhex("76a914")) and script.endswith(bytes.fromhex("88ac")):
        return base58_address(chain.p2pkh_version, script[3:23])
    if len(script) == 23 and script.startswith(bytes.fromhex("a914")) and script.endswith(bytes.fromhex("87")):
        return base58_address(chain.p2sh_version, script[2:22])
    return witness_address(script, chain.bech32_prefix)


def witness_address(script: bytes, prefix: str) -> str | None:
    """Return the bech32 (version 0) or bech32m (versions 1 to 16) address of a witness program, else None."""
    if not 4 <= len(script) <= 42 or script[1] + 2 != len(script):
        return None
    program = script[2:]
    if script[0] == 0:
        return segwit(prefix, 0, program, BECH32_CONSTANT) if len(program) in (20, 32) else None
    if 0x51 <= script[0] <= 0x60:
        return segwit(prefix, script[0] - 0x50, program, BECH32M_CONSTANT)
    return None


def segwit(prefix: str, version: int, program: bytes, constant: int) -> str:
    """Encode a witness program; the checksum's constant tells bech32 from bech32m."""
    five_bit = convertbits(program, 8, 5)
    assert five_bit is not None
    data = [version, *five_bit]
    checksum = bech32_polymod([*bech32_hrp_expand(prefix), *data, *[0] * 6]) ^ constant
    data += [(checksum >> 5 * (5 - position)) & 31 for position in range(6)]
    return prefix + "1" + "".join(CHARSET[value] for value in data)


def base58_address(version: int, payload: bytes) -> str:
    """Base58 with version byte and checksum."""
    return base58.b58encode_check(bytes([version]) + payload).decode()


def hash160(data: bytes) -> bytes:
    """RIPEMD-160 of SHA-256."""
    return RIPEMD160.new(hashlib.sha256(data).digest()).digest()
