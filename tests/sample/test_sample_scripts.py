"""Scripts and addresses of the sample chain: every type, each address the one its script means."""

import hashlib
from collections import defaultdict

import base58
import duckdb
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.chain.address_arrays import base58check, segwit
from dagster_project.sample.generate import SampleChain

from .script_reader import UNSPENDABLE, account_of, address_of, segwit_address

# type, script length in bytes (None: any), first bytes
SCRIPTS = {
    "P2PK, compressed": ("nonstandard", 35, "21"),
    "P2PK, uncompressed": ("nonstandard", 67, "4104"),
    "P2PKH": ("pubkeyhash", 25, "76a914"),
    "P2SH": ("scripthash", 23, "a914"),
    "P2WPKH": ("witness_v0_keyhash", 22, "0014"),
    "P2WSH": ("witness_v0_scripthash", 34, "0020"),
    "P2TR": ("witness_v1_taproot", 34, "5120"),
    "multisig 1 of 2": ("nonstandard", 71, "5121"),
    "multisig 2 of 3": ("nonstandard", 105, "5221"),
    "commitment": ("nonstandard", 38, "6a24aa21a9ed"),
    "OP_RETURN alone": ("nonstandard", 1, "6a"),
    "later witness version": ("witness_unknown", 34, "5220"),
    "anchor": ("anchor", 4, "51024e73"),
    "anyone can spend": ("nonstandard", 1, "51"),
    "empty": ("nonstandard", 0, ""),
    "data and drop": ("nonstandard", 11, "08"),
    "hash lock": ("nonstandard", 35, "a820"),
    "broken": ("nonstandard", 1, "4c"),
    "oversized": ("nonstandard", 10_001, "6161"),
}


def test_every_script_type_is_there(written: duckdb.DuckDBPyConnection) -> None:
    for name, (type_, length, start) in SCRIPTS.items():
        sql = "SELECT count(*) FROM outputs WHERE type = ? AND len(script_hex) = 2 * ? AND starts_with(script_hex, ?)"
        found = written.execute(sql, [type_, length, start]).fetchall()[0][0]
        assert found > 0, name


def test_values_at_the_edge(written: duckdb.DuckDBPyConnection) -> None:
    sql = """
        SELECT count(*) FILTER (data AND value = 0 AND NOT is_coinbase), count(*) FILTER (data AND value > 0),
            count(*) FILTER (NOT data AND value = 0), count(*) FILTER (value = 1), count(*) FILTER (value = 546),
            count(*) FILTER (value IN (100000, 1000000, 10000000, 100000000, 1000000000))
        FROM (SELECT *, starts_with(script_hex, '6a') AS data FROM outputs)
    """
    for count in written.execute(sql).fetchall()[0]:
        assert count > 3


def test_addresses_are_those_of_the_scripts(written: duckdb.DuckDBPyConnection, chain: SampleChain) -> None:
    distinct = written.execute("SELECT DISTINCT script_hex, type, addresses FROM outputs").fetchall()
    assert len(distinct) > 10_000
    for script_hex, type_, addresses in distinct:
        script = bytes.fromhex(script_hex)
        expected = address_of(script, chain.parameters)
        if expected is None:
            assert type_ == "nonstandard"
            expected = "nonstandard" + hashlib.sha256(script).hexdigest()[:40]
        else:
            assert type_ != "nonstandard"
        assert addresses == [expected]


def test_assembler_text(written: duckdb.DuckDBPyConnection) -> None:
    sql = "SELECT DISTINCT ON (type, len(script_hex)) script_hex, script_asm FROM outputs WHERE len(script_hex) < 1000"
    opcodes = {"OP_CHECKSIG", "OP_DUP", "OP_HASH160", "OP_EQUAL", "OP_EQUALVERIFY", "OP_RETURN", "OP_CHECKMULTISIG"}
    numbers = {"0", "1", "2", "3", "29518"}
    for script_hex, script_asm in written.execute(sql).fetchall():
        words = set(script_asm.split()) - opcodes - {"OP_DROP", "OP_SHA256", "[error]"} - numbers
        assert all(word in script_hex for word in words), script_asm


def test_one_key_has_one_account(written: duckdb.DuckDBPyConnection, chain: SampleChain) -> None:
    scripts = written.execute("SELECT DISTINCT script_hex FROM outputs").fetchall()
    forms = defaultdict(set)
    for (script_hex,) in scripts:
        forms[account_of(bytes.fromhex(script_hex), chain.parameters)].add(script_hex[:2])
    assert {"21", "76"} in forms.values()
    assert {"41", "76"} in forms.values()
    assert len(forms[UNSPENDABLE]) == 2


def test_unspendable_outputs_stay(written: duckdb.DuckDBPyConnection) -> None:
    assert written.execute("SELECT * FROM inputs WHERE script_hex[:2] IN ('6a', '4c', '61')").fetchall() == []
    spent = written.execute("SELECT count(*) FROM inputs WHERE addresses[1] LIKE 'nonstandard%'").fetchall()[0][0]
    assert spent > 100


@given(st.integers(0, 255), st.lists(st.binary(min_size=20, max_size=20), min_size=1, max_size=5))
def test_base58check(version: int, hashes: list[bytes]) -> None:
    rows = np.array([list(each) for each in hashes], dtype=np.uint8)
    expected = [base58.b58encode_check(bytes([version]) + each).decode() for each in hashes]
    assert base58check(version, rows).tolist() == expected


@given(
    st.sampled_from(["bc", "tb", "satl"]),
    st.integers(0, 16),
    st.integers(2, 40).flatmap(lambda size: st.lists(st.binary(min_size=size, max_size=size), min_size=1, max_size=5)),
)
def test_segwit(prefix: str, version: int, programs: list[bytes]) -> None:
    rows = np.array([list(each) for each in programs], dtype=np.uint8)
    assert segwit(prefix, version, rows).tolist() == [segwit_address(prefix, version, each) for each in programs]


def test_addresses_known_from_the_standards() -> None:
    hashed = np.frombuffer(bytes.fromhex("751e76e8199196d454941c45d1b3a323f1433bd6"), dtype=np.uint8)[None]
    assert segwit("bc", 0, hashed)[0] == "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
    key = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
    output_key = np.frombuffer(bytes.fromhex(key), dtype=np.uint8)[None]
    assert segwit("bc", 1, output_key)[0] == "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"
