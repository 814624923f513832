"""Output scripts of the sample chain: every type is there, and each account has its own."""

from collections import defaultdict

import duckdb
import numpy as np

from dagster_project.sample.accounts import Kind, Space, number
from dagster_project.sample.generate import SampleChain
from dagster_project.sample.scripts import FIXED, output_scripts

from .script_reader import UNSPENDABLE, account_of

# type, script length in bytes, first bytes
SCRIPTS = {
    "P2PK, compressed": ("pubkey", 35, "21"),
    "P2PK, uncompressed": ("pubkey", 67, "4104"),
    "P2PKH": ("pubkeyhash", 25, "76a914"),
    "P2SH": ("scripthash", 23, "a914"),
    "P2WPKH": ("witness_v0_keyhash", 22, "0014"),
    "P2WSH": ("witness_v0_scripthash", 34, "0020"),
    "P2TR": ("witness_v1_taproot", 34, "5120"),
    "multisig 1 of 2": ("nonstandard", 71, "5121"),
    "multisig 2 of 3": ("nonstandard", 105, "5221"),
    "commitment": ("nulldata", 38, "6a24aa21a9ed"),
    "OP_RETURN alone": ("nulldata", 1, "6a"),
    "later witness version": ("witness_unknown", 34, "5220"),
    "anchor": ("witness_unknown", 4, "51024e73"),
    "anyone can spend": ("nonstandard", 1, "51"),
    "empty": ("nonstandard", 0, ""),
    "data and drop": ("nonstandard", 11, "08"),
    "hash lock": ("nonstandard", 35, "a820"),
    "broken": ("nonstandard", 1, "4c"),
    "oversized": ("nulldata", 10_001, "6161"),
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


def test_each_account_has_its_own_script() -> None:
    """Two seeds have other scripts, two accounts too; the same account always the same one, whatever comes with it."""
    members = np.concatenate([number(Space.USER, np.arange(50), kind) for kind in Kind])
    shuffled = np.random.default_rng(3).permutation(len(members))
    scripts, again, other = output_scripts(1, members), output_scripts(1, members[shuffled]), output_scripts(2, members)
    for at, before in enumerate(shuffled.tolist()):
        assert again[at] == scripts[before]
    for place, kind in enumerate(Kind):
        rows = range(50 * place, 50 * place + 50)
        fixed = kind in FIXED
        assert len({scripts[row] for row in rows}) == (1 if fixed else 50)
        assert all((scripts[row] == other[row]) == fixed for row in rows)


def test_data_has_8_to_32_bytes() -> None:
    scripts = output_scripts(1, number(Space.DATA, np.arange(200), Kind.DATA))
    sizes = set()
    for row in range(200):
        assert scripts[row][0] == 0x6A
        assert scripts[row][1] == len(scripts[row]) - 2
        sizes.add(scripts[row][1])
    assert sizes == set(range(8, 33))


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
    spent = written.execute("SELECT count(*) FROM inputs WHERE account LIKE 'nonstandard%'").fetchall()[0][0]
    assert spent > 50
