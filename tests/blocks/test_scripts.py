"""What scripts commit to, and how that is written: against published addresses, real chains and a second opinion."""

import hashlib
from random import Random

import base58
import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_project.blocks.addresses import account_of
from dagster_project.blocks.parameters import load_parameters
from dagster_project.settings import Chain
from dagster_project.warehouse.address_functions import add_address_function
from tests.blocks.spelling import accounts, kinds_and_payloads
from tests.reference import accounts as reference
from tests.reference.parameters import parameters
from tests.reference.scripts import key_scripts, odd_scripts, unspendable_script

MAINNET = load_parameters(Chain.MAINNET)
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
    assert accounts([bytes.fromhex(script)], MAINNET) == [address]


@pytest.mark.parametrize("script", SCRIPTS_WITHOUT_ADDRESS.values(), ids=SCRIPTS_WITHOUT_ADDRESS)
def test_scripts_without_an_address_are_named_as_bitcoin_etl_names_them(script: str) -> None:
    data = bytes.fromhex(script)
    assert accounts([data], MAINNET) == ["nonstandard" + hashlib.sha256(data).hexdigest()[:40]]


def test_provably_unspendable_scripts() -> None:
    assert kinds_and_payloads([b"\x6a", b"\x61" * 10_001, b"\x6a\x51"]) == [("nulldata", b"")] * 3
    assert kinds_and_payloads([b"\x61" * 10_000])[0][0] == "nonstandard"
    # Also where it would have an address if it were shorter.
    assert kinds_and_payloads([b"\x6a" + bytes(24)]) == [("nulldata", b"")]


def test_both_forms_of_paying_to_a_key_commit_to_the_same() -> None:
    for seed in range(20):
        to_key, to_hash = key_scripts(str(seed))[:3], key_scripts(str(seed))[3:6]
        found = kinds_and_payloads([bytes.fromhex(script) for script in (*to_key, *to_hash)])
        assert [kind for kind, _ in found] == ["pubkey"] * 3 + ["pubkeyhash"] * 3
        assert [payload for _, payload in found[:3]] == [payload for _, payload in found[3:]]


HEADS = st.sampled_from(
    ["", "76a914", "a914", "0014", "0020", "5120", "5128", "6002", "2102", "2103", "4104", "4107", "6a"]
)
TAILS = st.sampled_from(["", "ac", "88ac", "87", "ae"])
SIZES = st.sampled_from([0, 1, 2, 18, 20, 31, 32, 33, 40, 41, 64, 65])
KNOWN = [bytes.fromhex(script) for script in (*PUBLISHED, *SCRIPTS_WITHOUT_ADDRESS.values())]


@st.composite
def scripts(draw: st.DrawFn) -> bytes:
    """Draw a script of any kind, or one that looks like it."""
    random = Random(draw(st.integers(0, 2**32)))
    match draw(st.integers(0, 4)):
        case 0:
            return bytes.fromhex(draw(HEADS)) + random.randbytes(draw(SIZES)) + bytes.fromhex(draw(TAILS))
        case 1:
            return bytes.fromhex(random.choice(key_scripts(str(random.random()))))
        case 2:
            return bytes.fromhex(random.choice(odd_scripts(str(random.random()))))
        case 3:
            script = bytearray(random.choice(KNOWN))
            if script:
                script[random.randrange(len(script))] = random.choice([0, 1, 20, 32, 0x51, 0x60, 0x6A, 0x76, 0xAC])
            return bytes(script)
    return bytes.fromhex(unspendable_script(random))


@settings(max_examples=80, deadline=None)
@given(st.lists(scripts(), max_size=12), st.sampled_from([Chain.MAINNET, Chain.REGTEST]))
def test_many_scripts_at_once_have_the_accounts_of_the_reference(found: list[bytes], chain: Chain) -> None:
    expected = [reference.account_of(script.hex(), parameters(chain)) for script in found]
    assert accounts(found, load_parameters(chain)) == expected
    assert [account_of(script, load_parameters(chain)) for script in found] == expected


def spell(function: str, rows: list[tuple[int, bytes]]) -> list[str | None]:
    """What a function makes of rows of a version and some bytes, in one query: by libraries, and by compiled code."""
    values = ", ".join(f"({place}, {version}, unhex('{data.hex()}'))" for place, (version, data) in enumerate(rows))
    found = []
    for rows_by_libraries in (0, len(rows)):
        with duckdb.connect() as connection:
            add_address_function(connection, rows_by_libraries)
            found.append(
                connection.execute(
                    f"SELECT {function} FROM (VALUES {values}) AS rows (place, version, data) ORDER BY place"
                ).fetchall()
            )
    assert found[0] == found[1]
    return [text for (text,) in found[0]]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([0, 5, 42, 111, 196, 255]), st.integers(0, 20), st.integers(0, 99)), min_size=1)
)
def test_base58_addresses_of_many_rows(drawn: list[tuple[int, int, int]]) -> None:
    """Also of hashes that begin with zeros, each of which is written as one digit."""
    rows = [(version, bytes(zeros) + Random(seed).randbytes(20 - zeros)) for version, zeros, seed in drawn]
    expected = [base58.b58encode_check(bytes([version]) + data).decode() for version, data in rows]
    assert spell("address('', version, data)", rows) == expected


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 16), st.binary(min_size=2, max_size=40)), min_size=1, max_size=30))
def test_segwit_addresses_of_many_rows(rows: list[tuple[int, bytes]]) -> None:
    """Of any versions and lengths, mixed; the reference uses the library bech32 for the checksum's polynomial."""
    constants = [reference.BECH32_CONSTANT if version == 0 else reference.BECH32M_CONSTANT for version, _ in rows]
    expected = [
        reference.segwit("tb", version, data, constant)
        for (version, data), constant in zip(rows, constants, strict=True)
    ]
    assert spell("address('tb', version, data)", rows) == expected


def test_more_rows_than_duckdb_hands_over_at_once() -> None:
    random = Random(3)
    rows = [(random.choice([0, 111]), random.randbytes(20)) for _ in range(5_000)]
    expected = [base58.b58encode_check(bytes([version]) + data).decode() for version, data in rows]
    assert spell("address('', version, data)", rows) == expected


def test_hashes_and_programs_are_told_apart_by_their_prefix() -> None:
    random = Random(4)
    rows = [(random.choice([0, 1]), random.randbytes(20)) for _ in range(50)]
    expected = [
        reference.segwit("tb", version, data, reference.BECH32M_CONSTANT)
        if version
        else base58.b58encode_check(b"\0" + data).decode()
        for version, data in rows
    ]
    assert spell("address(CASE version WHEN 1 THEN 'tb' ELSE '' END, version, data)", rows) == expected


@pytest.mark.parametrize("rows_by_libraries", [0, 100])
def test_rows_without_a_hash_have_no_address(rows_by_libraries: int) -> None:
    """Also where a condition leaves only some of the rows to the function, as in the models."""
    with duckdb.connect() as connection:
        add_address_function(connection, rows_by_libraries)
        found = connection.execute("""
            SELECT CASE place % 3 WHEN 0 THEN address('', 0, data) WHEN 1 THEN address('bc', 0, data) END
            FROM (SELECT range AS place, CASE WHEN range <> 6 THEN unhex(repeat('ab', 20)) END AS data FROM range(9))
            ORDER BY place
        """).fetchall()
    expected = base58.b58encode_check(b"\0" + b"\xab" * 20).decode()
    segwit = reference.segwit("bc", 0, b"\xab" * 20, reference.BECH32_CONSTANT)
    assert [text for (text,) in found] == [expected, segwit, None, expected, segwit, None, None, segwit, None]
