"""Validity of addresses, and those that a node gives the scripts of a real chain."""

from pathlib import Path

import bech32
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.blocks.addresses import address_problem, segwit_address
from dagster_project.blocks.parameters import load_parameters
from dagster_project.settings import Chain
from tests.blocks.spelling import accounts
from tests.blocks.test_scripts import PUBLISHED
from tests.chain.lake import read_lines
from tests.node import Node

MAINNET, REGTEST = load_parameters(Chain.MAINNET), load_parameters(Chain.REGTEST)


@pytest.mark.parametrize("address", PUBLISHED.values())
def test_published_addresses_are_valid(address: str) -> None:
    assert address_problem(address, MAINNET) is None


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
    address = segwit_address("bc", version, program)
    valid = version > 0 or len(program) in (20, 32)
    assert address_problem(address, MAINNET) == (None if valid else "is no witness program")
    assert address_problem(address, REGTEST) is not None
    values = [bech32.CHARSET.find(character) for character in address.removeprefix("bc1")[:-6]]
    assert values[0] == version
    assert bytes(bech32.convertbits(values[1:], 5, 8, False) or []) == program


def test_every_script_of_a_real_chain_has_the_address_that_the_node_gives_it(regtest_export: Path) -> None:
    outputs = {
        output["script_hex"]: output["addresses"]
        for row in read_lines(regtest_export / "transactions.json.gz")
        for output in row["outputs"]
    }
    kinds = set()
    accounts_of = accounts([bytes.fromhex(script) for script in outputs], REGTEST)
    for (script_hex, addresses), account in zip(outputs.items(), accounts_of, strict=True):
        script = bytes.fromhex(script_hex)
        kinds.add(account[:12] if account.startswith("nonstandard") else account[:7])
        if account == "UNSPENDABLE":
            assert script_hex.startswith("6a")
        elif addresses[0].startswith("nonstandard") and not account.startswith("nonstandard"):
            # The node names no address for a bare public key.
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
        assert accounts([bytes.fromhex(script)], REGTEST) == regtest_node.rpc("deriveaddresses", described)
