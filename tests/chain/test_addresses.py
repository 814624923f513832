"""Accounts of scripts and validity of addresses."""

import hashlib
from pathlib import Path

import bech32
import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.chain.addresses import UNSPENDABLE, account_of, address_of, address_problem
from dagster_project.chain.parameters import load_parameters
from dagster_project.chain.script_accounts import derive_script_accounts
from dagster_project.settings import Chain
from tests.chain.lake import read_lines
from tests.node import Node

MAINNET, REGTEST = load_parameters(Chain.MAINNET), load_parameters(Chain.REGTEST)
GENERATOR = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"

# Scripts and addresses printed in BIP 173, BIP 341 and BIP 350, and the account of the first block's key.
PUBLISHED = {
    "0014751e76e8199196d454941c45d1b3a323f1433bd6": "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
    "5128751e76e8199196d454941c45d1b3a323f1433bd6751e76e8199196d454941c45d1b3a323f1433bd6": (
        "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y"
    ),
    "6002751e": "bc1sw50qgdz25j",
    "5210751e76e8199196d454941c45d1b3a323": "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs",
    "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798": (
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"
    ),
    f"21{GENERATOR}ac": "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH",
    "76a914751e76e8199196d454941c45d1b3a323f1433bd688ac": "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH",
    "4104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d"
    "578a4c702b6bf11d5fac": "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
}

SCRIPTS_WITHOUT_ADDRESS = {
    "empty": "",
    "key of a wrong prefix": "2105" + GENERATOR[2:] + "ac",
    "key of a wrong length": "20" + GENERATOR[2:] + "ac",
    "uncompressed key with a compressed prefix": "4102" + "11" * 64 + "ac",
    "bare multisig": f"5121{GENERATOR}51ae",
    "version 0 of another length": "0010" + "11" * 16,
    "witness program that is too long": "5129" + "11" * 41,
    "witness program that is too short": "510111",
    "length byte that does not fit": "511f" + "11" * 32,
    "hash with another opcode behind": "76a914" + "11" * 20 + "88ad",
    "one byte": "ac",
}


@pytest.mark.parametrize(("script", "address"), PUBLISHED.items())
def test_published_addresses(script: str, address: str) -> None:
    assert account_of(bytes.fromhex(script), MAINNET) == address
    assert address_problem(address, MAINNET) is None


@pytest.mark.parametrize("script", SCRIPTS_WITHOUT_ADDRESS.values(), ids=SCRIPTS_WITHOUT_ADDRESS)
def test_scripts_without_an_address_are_named_as_bitcoin_etl_names_them(script: str) -> None:
    data = bytes.fromhex(script)
    assert address_of(data, MAINNET) is None
    assert account_of(data, MAINNET) == "nonstandard" + hashlib.sha256(data).hexdigest()[:40]


def test_provably_unspendable_scripts() -> None:
    assert account_of(b"\x6a", MAINNET) == "UNSPENDABLE"
    assert account_of(b"\x61" * 10_001, MAINNET) == "UNSPENDABLE"
    assert account_of(b"\x61" * 10_000, MAINNET).startswith("nonstandard")


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMh", "has a wrong base58 checksum"),
        ("1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SA0l", "is not base58"),
        ("n1wgm6kkzMcNfAtJmes8YhpvtDzdNhDY5a", "is an address of another chain than mainnet (version byte 111)"),
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "has a wrong bech32 checksum"),
        ("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd", "has a wrong bech32m checksum"),
        ("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "is not in lower case, as the ledger writes such addresses"),
        ("bc1rw5uspcuh", "has a wrong bech32m checksum"),
        ("bc1q9zpgru", "is no witness program"),
        ("bc1qb508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "has a character that bech32 does not have"),
        ("bc1", "has a wrong length"),
        ("nonstandard3318537dfb3135df9f3d950dbdf8a7ae68dd7c7d", "is not base58"),
        ("", "is not an address: it has characters that no address has"),
        ("1BgGZ9 tcN4", "is not an address: it has characters that no address has"),
    ],
)
def test_problems_of_addresses(address: str, problem: str) -> None:
    assert address_problem(address, MAINNET) == problem


@given(version=st.integers(0, 16), program=st.binary(min_size=2, max_size=40))
def test_segwit_addresses_are_valid_and_read_back(version: int, program: bytes) -> None:
    script = bytes([version + 0x50 if version else 0, len(program)]) + program
    address = address_of(script, MAINNET)
    if version == 0 and len(program) not in (20, 32):
        assert address is None
        return
    assert address is not None and address_problem(address, MAINNET) is None
    assert address_problem(address, REGTEST) is not None
    values = [bech32.CHARSET.find(character) for character in address.removeprefix("bc1")[:-6]]
    assert values[0] == version
    assert bytes(bech32.convertbits(values[1:], 5, 8, False) or []) == program


@given(st.binary(max_size=45), st.sampled_from(["", "76a914", "a914", "0014", "0020", "5120", "2102", "4104"]))
def test_any_script_has_an_account(tail: bytes, head: str) -> None:
    script = bytes.fromhex(head) + tail
    account = account_of(script, MAINNET)
    assert (account == UNSPENDABLE) == script.startswith(b"\x6a")
    assert account.startswith(("nonstandard", UNSPENDABLE)) or address_problem(account, MAINNET) is None


def test_every_script_of_a_real_chain_has_the_address_that_the_node_gives_it(regtest_export: Path) -> None:
    outputs = {
        output["script_hex"]: output["addresses"]
        for row in read_lines(regtest_export / "transactions.json.gz")
        for output in row["outputs"]
    }
    kinds = set()
    for script_hex, addresses in outputs.items():
        script = bytes.fromhex(script_hex)
        account = account_of(script, REGTEST)
        kinds.add(account[:12] if account.startswith("nonstandard") else account[:7])
        if account == "UNSPENDABLE":
            assert script_hex.startswith("6a")
        elif addresses[0].startswith("nonstandard") and address_of(script, REGTEST):
            assert script[-1] == 0xAC and len(script) in (35, 67)
        else:
            assert addresses == [account]
    assert len(outputs) == 4718
    assert len(kinds) > 5


def test_public_keys_have_the_account_that_the_node_derives_for_them(regtest_node: Node, regtest_export: Path) -> None:
    scripts = {
        output["script_hex"]
        for row in read_lines(regtest_export / "transactions.json.gz")
        for output in row["outputs"]
        if output["script_hex"].endswith("ac") and len(output["script_hex"]) in (70, 134)
    }
    assert scripts
    for script in scripts:
        described = regtest_node.rpc("getdescriptorinfo", f"pkh({script[2:-2]})")["descriptor"]
        assert [account_of(bytes.fromhex(script), REGTEST)] == regtest_node.rpc("deriveaddresses", described)


SCRIPTS = st.one_of(
    st.sampled_from([bytes.fromhex(script) for script in (*PUBLISHED, *SCRIPTS_WITHOUT_ADDRESS.values())]),
    st.binary(min_size=20, max_size=20).map(lambda data: b"\x76\xa9\x14" + data + b"\x88\xac"),
    st.binary(min_size=20, max_size=20).map(lambda data: b"\xa9\x14" + data + b"\x87"),
    st.binary(min_size=2, max_size=40).map(lambda data: bytes([0x51, len(data)]) + data),
    st.binary(min_size=32, max_size=32).map(lambda data: b"\x00\x20" + data),
    st.binary(max_size=70),
)


@given(st.lists(SCRIPTS, unique=True, max_size=30), st.sampled_from(["none", "right", "wrong"]))
def test_many_scripts_at_once_have_the_same_accounts_as_one_by_one(scripts: list[bytes], given_: str) -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE raw_outputs (day DATE, script_hex VARCHAR, addresses VARCHAR[])")
        for script in scripts:
            carried = {"none": "[]", "right": f"['{account_of(script, MAINNET)}']", "wrong": "['1x']"}[given_]
            connection.execute(f"INSERT INTO raw_outputs VALUES ('2009-01-03', '{script.hex()}', {carried})")
        derive_script_accounts(connection, MAINNET)
        rows = connection.execute("SELECT script_hex, account FROM raw_script_accounts").fetchall()
    expected = {}
    for script in scripts:
        is_key = script[-1:] == b"\xac" and script[:1] in (b"\x21", b"\x41")
        if not script.startswith(b"\x6a") and address_of(script, MAINNET) and (given_ != "right" or is_key):
            expected[script.hex()] = account_of(script, MAINNET)
    assert dict(rows) == expected
    assert len(rows) == len(expected)
