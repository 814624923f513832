"""Scripts, types and addresses of accounts, as bitcoin-etl writes them, for many accounts at once."""

import hashlib
from dataclasses import dataclass

import duckdb
import numpy as np
from Crypto.Hash import RIPEMD160

from dagster_project.chain.address_arrays import ByteArray, TextArray, base58check, hex_texts, segwit
from dagster_project.sample.accounts import IntArray, Kind, kind_of, payloads

HASH_KINDS = (Kind.P2PKH, Kind.P2SH, Kind.P2WPKH, Kind.P2PKH_OF_KEY, Kind.P2PKH_OF_UNCOMPRESSED)  # 20 bytes
ANCHOR_PROGRAM = np.array([[0x4E, 0x73]], dtype=np.uint8)
NO_ADDRESS = "-"


@dataclass(frozen=True)
class AddressForm:
    """How a chain writes addresses."""

    p2pkh_version: int
    p2sh_version: int
    bech32_prefix: str


def public_keys(seed: int, account: IntArray) -> list[bytes]:
    """The serialised public keys behind P2PK accounts and the P2PKH accounts of a key.

    A loop, because only miners have such accounts.
    """
    keys = []
    for kind, payload in zip(kind_of(account), payloads(seed, account, 4), strict=True):
        x = payload.tobytes()
        if kind in (Kind.P2PK, Kind.P2PKH_OF_KEY):
            keys.append(bytes([2 + x[0] % 2]) + x)
        else:
            keys.append(b"\x04" + x + hashlib.sha256(x).digest())
    return keys


def hash160(key: bytes) -> bytes:
    """RIPEMD-160 of SHA-256."""
    return RIPEMD160.new(hashlib.sha256(key).digest()).digest()


def hashes_of(seed: int, account: IntArray, kind: Kind) -> ByteArray:
    """The 20 or 32 bytes in the scripts of accounts of one kind."""
    if kind in (Kind.P2PKH_OF_KEY, Kind.P2PKH_OF_UNCOMPRESSED):
        digests = b"".join(hash160(key) for key in public_keys(seed, account))
        return np.frombuffer(digests, dtype=np.uint8).reshape(-1, 20)
    if kind in HASH_KINDS:
        return payloads(seed, account, 3)[:, :20]
    return payloads(seed, account, 4)


def addresses_of(form: AddressForm, kind: Kind, hashes: ByteArray) -> TextArray:
    """The addresses of scripts of one kind, ``NO_ADDRESS`` for kinds that have none."""
    if kind in (Kind.P2PKH, Kind.P2PKH_OF_KEY, Kind.P2PKH_OF_UNCOMPRESSED):
        return base58check(form.p2pkh_version, hashes)
    if kind == Kind.P2SH:
        return base58check(form.p2sh_version, hashes)
    if kind in (Kind.P2WPKH, Kind.P2WSH):
        return segwit(form.bech32_prefix, 0, hashes)
    if kind == Kind.P2TR:
        return segwit(form.bech32_prefix, 1, hashes)
    if kind == Kind.WITNESS_UNKNOWN:
        return segwit(form.bech32_prefix, 2, hashes)
    if kind == Kind.ANCHOR:
        return np.repeat(segwit(form.bech32_prefix, 1, ANCHOR_PROGRAM), len(hashes))
    return np.repeat(NO_ADDRESS, len(hashes))


def describe(seed: int, form: AddressForm, account: IntArray) -> dict[str, np.ndarray]:
    """For accounts: kind, the data in the script (hexadecimal) and the address; the rows are sorted by kind."""
    kinds = kind_of(account)
    account = account[np.argsort(kinds, kind="stable")]
    data, addresses = [], []
    for kind in np.unique(kinds):
        members = account[kind_of(account) == kind]
        hashes = hashes_of(seed, members, Kind(kind))
        keys = kind in (Kind.P2PK, Kind.P2PK_UNCOMPRESSED)
        data += [key.hex() for key in public_keys(seed, members)] if keys else hex_texts(hashes).tolist()
        addresses += addresses_of(form, Kind(kind), hashes).tolist()
    return {
        "account": account,
        "kind": kind_of(account),
        "data": np.array(data, dtype=object),
        "address": np.array(addresses, dtype=object),
    }


def address_of(seed: int, form: AddressForm, account: int) -> str:
    """The address of one account."""
    return str(describe(seed, form, np.array([account], dtype=np.int64))["address"][0])


# kind -> (script_hex, script_asm, type) as SQL over ``data`` (d) and ``account``
_LENGTH = "(8 + (account >> 5) % 25)"
_PUBKEYHASH = ("'76a914' || d || '88ac'", "'OP_DUP OP_HASH160 ' || d || ' OP_EQUALVERIFY OP_CHECKSIG'", "pubkeyhash")
_SECOND, _THIRD = "'03' || sha256(d)", "'02' || sha256(d || 'third')"
FORMS: dict[Kind, tuple[str, str, str]] = {
    Kind.P2PKH: _PUBKEYHASH,
    Kind.P2PKH_OF_KEY: _PUBKEYHASH,
    Kind.P2PKH_OF_UNCOMPRESSED: _PUBKEYHASH,
    Kind.P2SH: ("'a914' || d || '87'", "'OP_HASH160 ' || d || ' OP_EQUAL'", "scripthash"),
    Kind.P2WPKH: ("'0014' || d", "'0 ' || d", "witness_v0_keyhash"),
    Kind.P2WSH: ("'0020' || d", "'0 ' || d", "witness_v0_scripthash"),
    Kind.P2TR: ("'5120' || d", "'1 ' || d", "witness_v1_taproot"),
    Kind.WITNESS_UNKNOWN: ("'5220' || d", "'2 ' || d", "witness_unknown"),
    Kind.ANCHOR: ("'51024e73'", "'1 29518'", "anchor"),
    Kind.P2PK: ("'21' || d || 'ac'", "d || ' OP_CHECKSIG'", "nonstandard"),
    Kind.P2PK_UNCOMPRESSED: ("'41' || d || 'ac'", "d || ' OP_CHECKSIG'", "nonstandard"),
    Kind.MULTISIG_1_OF_2: (
        f"'512102' || d || '21' || {_SECOND} || '52ae'",
        f"'1 02' || d || ' ' || {_SECOND} || ' 2 OP_CHECKMULTISIG'",
        "nonstandard",
    ),
    Kind.MULTISIG_2_OF_3: (
        f"'522102' || d || '21' || {_SECOND} || '21' || {_THIRD} || '53ae'",
        f"'2 02' || d || ' ' || {_SECOND} || ' ' || {_THIRD} || ' 3 OP_CHECKMULTISIG'",
        "nonstandard",
    ),
    Kind.DATA: (
        f"'6a' || printf('%02x', {_LENGTH}) || substr(d, 1, 2 * {_LENGTH})",
        f"'OP_RETURN ' || substr(d, 1, 2 * {_LENGTH})",
        "nonstandard",
    ),
    Kind.COMMITMENT: ("'6a24aa21a9ed' || d", "'OP_RETURN aa21a9ed' || d", "nonstandard"),
    Kind.BARE_RETURN: ("'6a'", "'OP_RETURN'", "nonstandard"),
    Kind.DROP: ("'08' || substr(d, 1, 16) || '7551'", "substr(d, 1, 16) || ' OP_DROP 1'", "nonstandard"),
    Kind.TRUE: ("'51'", "'1'", "nonstandard"),
    Kind.EMPTY: ("''", "''", "nonstandard"),
    Kind.HASH_LOCK: ("'a820' || d || '87'", "'OP_SHA256 ' || d || ' OP_EQUAL'", "nonstandard"),
    Kind.BROKEN: ("'4c'", "'[error]'", "nonstandard"),
    Kind.OVERSIZED: ("repeat('61', 10001)", "rtrim(repeat('OP_NOP ', 10001))", "nonstandard"),
}


def _case(column: int) -> str:
    """SQL that gives one column of ``FORMS`` for each kind."""
    branches = " ".join(f"WHEN {kind.value} THEN {form[column]}" for kind, form in FORMS.items())
    return f"CASE kind {branches} END"


def create_scripts(con: duckdb.DuckDBPyConnection, seed: int, form: AddressForm, account: IntArray) -> None:
    """Create the temporary table ``sample_scripts`` (account, script_hex, script_asm, type, addresses) of accounts."""
    described = describe(seed, form, account)
    types = " ".join(f"WHEN {kind.value} THEN '{names[2]}'" for kind, names in FORMS.items())
    con.register("sample_described", described)
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE sample_scripts AS
        SELECT account, script_hex, script_asm, type,
            [CASE address WHEN '{NO_ADDRESS}' THEN 'nonstandard' || substr(sha256(unhex(script_hex)), 1, 40)
             ELSE address END] AS addresses
        FROM (
            SELECT account, address, {_case(0)} AS script_hex, {_case(1)} AS script_asm, CASE kind {types} END AS type
            FROM (SELECT account, kind, address, data AS d FROM sample_described)
        )
    """)
    con.unregister("sample_described")
