"""Accounts that SQL cannot take from an output's row, derived from the scripts, many at once."""

from collections.abc import Iterator

import duckdb
import numpy as np

from dagster_project.chain.address_arrays import base58check, segwit
from dagster_project.chain.addresses import hash160
from dagster_project.chain.parameters import ChainParameters

# Which scripts have an address, where in their hexadecimal form its data begins and how long it is (docs/method.md, 3).
# Version and length of a witness program are told apart by the first two bytes.
SCRIPT_KINDS = """
    CASE
        WHEN starts_with(script_hex, '6a') OR length(script_hex) > 20000 THEN NULL
        WHEN length(script_hex) = 50 AND starts_with(script_hex, '76a914') AND ends_with(script_hex, '88ac')
            THEN 'pubkeyhash'
        WHEN length(script_hex) = 46 AND starts_with(script_hex, 'a914') AND ends_with(script_hex, '87')
            THEN 'scripthash'
        WHEN length(script_hex) = 70 AND script_hex[:4] IN ('2102', '2103') AND ends_with(script_hex, 'ac')
            THEN 'pubkey'
        WHEN length(script_hex) = 134 AND script_hex[:4] IN ('4104', '4106', '4107') AND ends_with(script_hex, 'ac')
            THEN 'pubkey'
        WHEN (length(script_hex) = 44 AND starts_with(script_hex, '0014'))
            OR (length(script_hex) = 68 AND starts_with(script_hex, '0020'))
            THEN script_hex[:4]
        WHEN length(script_hex) BETWEEN 8 AND 84 AND script_hex[:2] BETWEEN '51' AND '60'
            AND script_hex[3:4] = printf('%02x', length(script_hex) // 2 - 2)
            THEN script_hex[:4]
    END
"""


def derive_script_accounts(connection: duckdb.DuckDBPyConnection, parameters: ChainParameters) -> None:
    """Create ``raw_script_accounts`` (day, script_hex, account) from ``raw_outputs`` (day, script_hex, addresses).

    Every script that has an address is derived anew. A row is kept for bare public keys, which SQL never takes from
    a row, and where the row does not carry exactly the derived address: so a source that writes none, or that of an
    old node, gives the same ledger as any other.
    """
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE raw_scripts AS
        SELECT DISTINCT day, script_hex, {SCRIPT_KINDS} AS kind,
            CASE WHEN len(addresses) = 1 THEN addresses[1] END AS address
        FROM raw_outputs
        WHERE kind IS NOT NULL
    """)
    connection.execute("CREATE OR REPLACE TEMP TABLE raw_derived (script_hex VARCHAR, account VARCHAR)")
    kinds = connection.execute("SELECT DISTINCT kind FROM raw_scripts ORDER BY kind").fetchall()
    for (kind,) in kinds:
        for scripts, addresses in _scripts_of(connection, kind):
            accounts = _accounts(kind, scripts, parameters)
            kept = [kind == "pubkey" or pair[0] != pair[1] for pair in zip(accounts, addresses, strict=True)]
            _insert(connection, {script: accounts[row] for row, script in enumerate(scripts) if kept[row]})
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE raw_script_accounts AS
        SELECT DISTINCT day, script_hex, account
        FROM raw_scripts JOIN raw_derived USING (script_hex)
        WHERE kind = 'pubkey' OR address IS DISTINCT FROM account
    """)


def _scripts_of(connection: duckdb.DuckDBPyConnection, kind: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The distinct scripts and addresses of a kind, some at a time, so that a busy day does not fill the memory."""
    at_once = 250_000
    parts = connection.execute(
        f"SELECT approx_count_distinct(script_hex) // {at_once} + 1 FROM raw_scripts WHERE kind = '{kind}'"
    ).fetchall()[0][0]
    for part in range(parts):
        columns = connection.execute(f"""
            SELECT DISTINCT script_hex, coalesce(address, '') AS address FROM raw_scripts
            WHERE kind = '{kind}' AND hash(script_hex) % {parts} = {part}
        """).fetchnumpy()
        yield np.asarray(columns["script_hex"]), np.asarray(columns["address"])


def _insert(connection: duckdb.DuckDBPyConnection, derived: dict[str, str]) -> None:
    """Add derived accounts; few, except where a source writes no addresses at all."""
    rows = [f"('{script}', '{account}')" for script, account in derived.items()]
    for start in range(0, len(rows), 10_000):
        connection.execute(f"INSERT INTO raw_derived VALUES {', '.join(rows[start : start + 10_000])}")


def _accounts(kind: str, scripts: np.ndarray, parameters: ChainParameters) -> np.ndarray:
    """The accounts of scripts of one kind."""
    if len(scripts) == 0:
        return np.empty(0, dtype="U1")
    if kind == "pubkey":
        digests = b"".join(hash160(bytes.fromhex(script[2:-2])) for script in scripts)
        return base58check(parameters.p2pkh_version, _rows(digests, len(scripts)))
    data = _rows(bytes.fromhex("".join(scripts)), len(scripts))
    if kind == "pubkeyhash":
        return base58check(parameters.p2pkh_version, data[:, 3:23])
    if kind == "scripthash":
        return base58check(parameters.p2sh_version, data[:, 2:22])
    opcode = int(kind[:2], 16)
    return segwit(parameters.bech32_prefix, opcode - 0x50 if opcode else 0, data[:, 2:])


def _rows(data: bytes, count: int) -> np.ndarray:
    return np.frombuffer(data, dtype=np.uint8).reshape(count, -1)
