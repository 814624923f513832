"""Output scripts of every kind, and the rows that bitcoin-etl writes for them."""

import hashlib
from random import Random

from .accounts import address_of, base58_address, hash160, nonstandard, public_key_of
from .ledger import Row
from .parameters import ChainParameters

ANCHOR = "51024e73"
OVERSIZE = "00" * 10_001


def digest(text: str) -> bytes:
    """Return 32 bytes that depend on the text alone."""
    return hashlib.sha256(text.encode()).digest()


def key_scripts(name: str) -> list[str]:
    """Return all standard scripts of one key; P2PK and P2PKH of the same form of the key are one account."""
    x, y = digest(name), digest(name + "/y")
    compressed, full, hybrid = b"\x02" + x, b"\x04" + x + y, b"\x06" + x + y
    to_key = [bytes([len(key)]) + key + b"\xac" for key in (compressed, full, hybrid)]
    to_hash = [b"\x76\xa9\x14" + hash160(key) + b"\x88\xac" for key in (compressed, full, hybrid)]
    others = [
        b"\xa9\x14" + hash160(x) + b"\x87",
        b"\x00\x14" + hash160(compressed),
        b"\x00\x20" + digest(name + "/script"),
        b"\x51\x20" + x,
    ]
    return [script.hex() for script in (*to_key, *to_hash, *others)]


def odd_scripts(name: str) -> list[str]:
    """Return scripts at the edges of the rules: most have no address, some look as if they had another one."""
    x, y = digest(name), digest(name + "/y")
    first, second = b"\x21\x02" + x, b"\x21\x03" + y
    return [
        (b"\x51" + first + b"\x51\xae").hex(),
        (b"\x51" + first + second + b"\x52\xae").hex(),
        (b"\x21\x05" + x + b"\xac").hex(),
        (b"\x41\x02" + x + y + b"\xac").hex(),
        (b"\x00\x03" + x[:3]).hex(),
        (b"\x52\x02" + x[:2]).hex(),
        (b"\x60\x28" + x + y[:8]).hex(),
        (b"\x51\x20" + x + b"\x51").hex(),
        ANCHOR,
        "51",
        "",
    ]


def unspendable_script(random: Random) -> str:
    """Return an OP_RETURN (bare, with data, or followed by anything) or, rarely, a script above the size limit."""
    return random.choice(["6a", "6a04" + random.randbytes(4).hex(), "6a51ac", "6a4c"] * 5 + [OVERSIZE])


def type_of(script: bytes, chain: ChainParameters) -> str:
    """Return the script type that a node of today names."""
    if address_of(script, chain) is None:
        return "nonstandard"
    match script[0], len(script):
        case 0x76, _:
            return "pubkeyhash"
        case 0xA9, _:
            return "scripthash"
        case 0, 22:
            return "witness_v0_keyhash"
        case 0, _:
            return "witness_v0_scripthash"
        case 0x51, 34:
            return "witness_v1_taproot"
    return "anchor" if script.hex() == ANCHOR else "witness_unknown"


def output_row(index: int, script_hex: str, value: int, chain: ChainParameters, old_node: bool = False) -> Row:
    """Return an output as bitcoin-etl exports it from a node of today, or from one older than version 22.

    An old node names the key's address for P2PK, every key's address for bare multisig, and none for taproot.
    """
    script = bytes.fromhex(script_hex)
    kind, addresses = type_of(script, chain), [address_of(script, chain) or nonstandard(script)]
    if old_node:
        key = public_key_of(script)
        if key is not None:
            kind, addresses = "pubkey", [base58_address(chain.p2pkh_version, hash160(key))]
        elif script[-1:] == b"\xae":
            keys = [script[start : start + 33] for start in range(2, len(script) - 33, 34)]
            kind, addresses = "multisig", [base58_address(chain.p2pkh_version, hash160(key)) for key in keys]
        elif kind == "witness_v1_taproot":
            kind, addresses = "nonstandard", [nonstandard(script)]
    return {
        "index": index,
        "script_asm": "",
        "script_hex": script_hex,
        "required_signatures": None,
        "type": kind,
        "addresses": addresses,
        "value": value,
    }


def input_row(index: int, txid: str, output_index: int, script_hex: str = "") -> Row:
    """Return an input as bitcoin-etl exports it, not enriched."""
    return {
        "index": index,
        "spent_transaction_hash": txid,
        "spent_output_index": output_index,
        "script_asm": "",
        "script_hex": script_hex,
        "sequence": 4294967293,
        "required_signatures": None,
        "type": None,
        "addresses": [],
        "value": None,
    }
