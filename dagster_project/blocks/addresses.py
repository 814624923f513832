"""The account of an output script, and validation of addresses (docs/method.md, 3)."""

import hashlib

import base58
import bech32
from Crypto.Hash import RIPEMD160

from dagster_project.blocks.parameters import ChainParameters

UNSPENDABLE = "UNSPENDABLE"
OP_RETURN, OP_1, OP_16, OP_CHECKSIG = 0x6A, 0x51, 0x60, 0xAC
MAX_SCRIPT_SIZE = 10_000
# BIP 350: the final XOR constant of the checksum, for version 0 and for all later versions.
BECH32_CONSTANT, BECH32M_CONSTANT = 1, 0x2BC830A3
CHECKSUM_LENGTH = 6
MAX_SEGWIT_LENGTH = 90
PUBLIC_KEY_PREFIXES = {33: (2, 3), 65: (4, 6, 7)}


def account_of(script: bytes, parameters: ChainParameters) -> str:
    """The account that an output script credits: an address, ``UNSPENDABLE`` or ``nonstandard`` and a hash.

    It depends on the script alone and follows Bitcoin Core 22 and later, with two exceptions: a bare public key becomes
    the P2PKH address of its hash, and scripts without an address are named as bitcoin-etl names them.
    """
    if script[:1] == bytes([OP_RETURN]) or len(script) > MAX_SCRIPT_SIZE:
        return UNSPENDABLE
    return address_of(script, parameters) or "nonstandard" + hashlib.sha256(script).hexdigest()[:40]


def address_of(script: bytes, parameters: ChainParameters) -> str | None:
    """The address of an output script, or None; for a bare public key, the P2PKH address of its hash."""
    if len(script) == 25 and script[:3] == b"\x76\xa9\x14" and script[23:] == b"\x88\xac":
        return base58check(parameters.p2pkh_version, script[3:23])
    if len(script) == 23 and script[:2] == b"\xa9\x14" and script[22:] == b"\x87":
        return base58check(parameters.p2sh_version, script[2:22])
    key = public_key(script)
    if key is not None:
        return base58check(parameters.p2pkh_version, hash160(key))
    if is_witness_program(script):
        return segwit_address(parameters.bech32_prefix, _witness_version(script), script[2:])
    return None


def public_key(script: bytes) -> bytes | None:
    """The key of a P2PK script, or None for another script; it is not checked to be a point of the curve."""
    key = script[1:-1]
    is_p2pk = script[:1] == bytes([len(key) % 256]) and script[-1:] == bytes([OP_CHECKSIG])
    return key if is_p2pk and key[:1] and key[0] in PUBLIC_KEY_PREFIXES.get(len(key), ()) else None


def is_witness_program(script: bytes) -> bool:
    """Whether a script is a witness program that has an address (BIP 141; version 0 with 20 or 32 bytes only)."""
    if not 4 <= len(script) <= 42 or script[1] + 2 != len(script):
        return False
    return OP_1 <= script[0] <= OP_16 or (script[0] == 0 and len(script) in (22, 34))


def hash160(data: bytes) -> bytes:
    """RIPEMD-160 of SHA-256."""
    return RIPEMD160.new(hashlib.sha256(data).digest()).digest()


def base58check(version: int, payload: bytes) -> str:
    """Base58 of a version byte, a payload and the checksum of both."""
    return base58.b58encode_check(bytes([version]) + payload).decode()


def segwit_address(prefix: str, version: int, program: bytes) -> str:
    """The bech32 (version 0, BIP 173) or bech32m (later versions, BIP 350) address of a witness program."""
    data = [version, *_groups(program, 8, 5, pad=True)]
    expanded = bech32.bech32_hrp_expand(prefix) + data
    residue = bech32.bech32_polymod(expanded + [0] * CHECKSUM_LENGTH) ^ _checksum_constant(version)
    checksum = [residue >> 5 * (CHECKSUM_LENGTH - 1 - place) & 31 for place in range(CHECKSUM_LENGTH)]
    return prefix + "1" + "".join(bech32.CHARSET[value] for value in data + checksum)


def address_problem(address: str, parameters: ChainParameters) -> str | None:
    """What is wrong with an address, as text that follows the address in a message; None for a valid one."""
    if not address.isascii() or not address.isalnum():
        return "is not an address: it has characters that no address has"
    if address.lower().startswith(parameters.bech32_prefix + "1"):
        return _segwit_problem(address, parameters)
    return _base58_problem(address, parameters)


def _segwit_problem(address: str, parameters: ChainParameters) -> str | None:
    if address != address.lower():
        return "is not in lower case, as the ledger writes such addresses"
    prefix, characters = parameters.bech32_prefix, address[len(parameters.bech32_prefix) + 1 :]
    if len(address) > MAX_SEGWIT_LENGTH or len(characters) < CHECKSUM_LENGTH + 1:
        return "has a wrong length"
    data = [bech32.CHARSET.find(character) for character in characters]
    if -1 in data:
        return "has a character that bech32 does not have"
    version = data[0]
    if bech32.bech32_polymod(bech32.bech32_hrp_expand(prefix) + data) != _checksum_constant(version):
        return f"has a wrong {'bech32' if version == 0 else 'bech32m'} checksum"
    program = bech32.convertbits(data[1:-CHECKSUM_LENGTH], 5, 8, False)
    if (
        version > 16
        or program is None
        or not 2 <= len(program) <= 40
        or (version == 0 and len(program) not in (20, 32))
    ):
        return "is no witness program"
    return None


def _base58_problem(address: str, parameters: ChainParameters) -> str | None:
    try:
        payload = base58.b58decode_check(address)
    except ValueError as error:
        return "has a wrong base58 checksum" if "checksum" in str(error).lower() else "is not base58"
    if len(payload) != 21:
        return "has a wrong length"
    if payload[0] not in (parameters.p2pkh_version, parameters.p2sh_version):
        return f"is an address of another chain than {parameters.chain} (version byte {payload[0]})"
    return None


def _witness_version(script: bytes) -> int:
    return script[0] - OP_1 + 1 if script[0] else 0


def _checksum_constant(version: int) -> int:
    return BECH32_CONSTANT if version == 0 else BECH32M_CONSTANT


def _groups(data: bytes, width: int, target: int, *, pad: bool) -> list[int]:
    groups = bech32.convertbits(data, width, target, pad)
    assert groups is not None, "only input out of range makes the conversion fail"
    return groups
