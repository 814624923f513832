"""The comparison finds nothing where all agrees, and every kind of fault where not."""

from decimal import Context, Decimal, localcontext
from fractions import Fraction

import duckdb
import pytest

from .chains import ChainOptions, build_chain
from .compare import compare
from .holders import COIN
from .metrics import ReferenceResult
from .values import Value, kind_of

TABLES = """
CREATE TABLE metrics_daily (asset VARCHAR, time DATE, metric VARCHAR, value DOUBLE, value_text VARCHAR);
CREATE TABLE balance_updates (
    day DATE, height BIGINT, tx_index BIGINT, entry_index BIGINT, kind VARCHAR, account VARCHAR, value BIGINT);
CREATE TABLE account_days (
    day DATE, account VARCHAR, opening BIGINT, credits BIGINT, debits BIGINT, closing BIGINT,
    previous_change_day DATE);
CREATE TABLE hop_members (account VARCHAR, hop INTEGER, day DATE, evidence_txid VARCHAR);
CREATE TABLE exchange_transfers (
    day DATE, height BIGINT, tx_index BIGINT, party_set VARCHAR, sender VARCHAR, receiver VARCHAR, value BIGINT);
"""

FAULTS = [
    "UPDATE metrics_daily SET value_text = '1' || value_text WHERE metric = 'SplyMiner1HopAllNtv'",
    "UPDATE metrics_daily SET value_text = value_text || '0' WHERE metric = 'SplyCur'",
    "UPDATE metrics_daily SET value = value + 1 WHERE metric = 'BlkCnt'",
    "UPDATE metrics_daily SET value = value * 1.00000000001 WHERE metric = 'HashRate'",
    "UPDATE metrics_daily SET value = NULL, value_text = NULL WHERE metric = 'DiffMean'",
    "UPDATE metrics_daily SET value = 0, value_text = '0.00000000' WHERE metric LIKE 'FlowIn%Ntv' AND value IS NULL",
    "DELETE FROM metrics_daily WHERE metric = 'HashRate30d'",
    "INSERT INTO metrics_daily SELECT asset, time, 'Unheard', value, value_text FROM metrics_daily LIMIT 1",
    "INSERT INTO metrics_daily SELECT asset, time + 4000, metric, value, value_text FROM metrics_daily LIMIT 1",
    "INSERT INTO metrics_daily SELECT * FROM metrics_daily LIMIT 1",
    "DELETE FROM balance_updates WHERE kind = 'fee' AND tx_index > 0",
    "DELETE FROM balance_updates WHERE tx_index = -1",
    "UPDATE balance_updates SET entry_index = -entry_index",
    "UPDATE balance_updates SET day = day + 1 WHERE height = 5",
    "UPDATE account_days SET previous_change_day = day WHERE opening > 0",
    "DELETE FROM account_days WHERE account = 'FEES' AND day = (SELECT min(day) FROM account_days)",
    "UPDATE hop_members SET day = day + 1 WHERE hop = 1",
    "UPDATE hop_members SET evidence_txid = 'x' WHERE hop = 0",
    "DELETE FROM hop_members WHERE hop = 1",
    "UPDATE exchange_transfers SET value = value + 1",
    "INSERT INTO exchange_transfers SELECT * FROM exchange_transfers LIMIT 1",
    "DELETE FROM exchange_transfers WHERE party_set = 'Ex'",
]


@pytest.fixture(scope="module")
def result() -> ReferenceResult:
    return build_chain(ChainOptions(seed=7, blocks=40, days=5, payments=5, labels=5)).reference()


@pytest.fixture
def connection(result: ReferenceResult) -> duckdb.DuckDBPyConnection:
    return as_tables(result)


def test_a_faithful_copy_has_no_differences(connection: duckdb.DuckDBPyConnection, result: ReferenceResult) -> None:
    assert compare(connection, result) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found(connection: duckdb.DuckDBPyConnection, result: ReferenceResult, fault: str) -> None:
    connection.execute(fault)
    assert compare(connection, result) != []


def as_tables(result: ReferenceResult) -> duckdb.DuckDBPyConnection:
    """Return a database that holds what the reference says."""
    connection = duckdb.connect()
    connection.execute(TABLES)
    insert(connection, "metrics_daily", [
        ("btc", day, metric, *published(value))
        for day in result.metrics for metric, value in result.metrics[day].items()
    ])  # fmt: skip
    insert(connection, "balance_updates", [
        (p.day, p.height, p.tx_index, index, e.kind, e.account, e.value)
        for p in result.postings for index, e in enumerate(p.entries)
    ])  # fmt: skip
    insert(connection, "account_days", [
        (r.day, r.account, r.opening, r.credits, r.debits, r.closing, r.previous_change_day)
        for r in result.account_days
    ])  # fmt: skip
    insert(connection, "hop_members", [
        (account, hop, day, min(result.hop_members.evidence[hop][account]))
        for hop in range(2) for account, day in result.hop_members.joined[hop].items()
    ])  # fmt: skip
    insert(connection, "exchange_transfers", [
        (t.day, t.height, t.tx_index, t.party_set, t.sender, t.receiver, t.value) for t in result.transfers
    ])  # fmt: skip
    return connection


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[object, ...]]) -> None:
    """Insert rows, of which there has to be one at least."""
    assert rows, table
    values = ", ".join(f"({', '.join(literal(field) for field in row)})" for row in rows)
    connection.execute(f"INSERT INTO {table} VALUES {values}")


def literal(field: object) -> str:
    """Return a SQL literal."""
    return "NULL" if field is None else str(field) if isinstance(field, int) else f"'{field}'"


def published(value: Value) -> tuple[float | None, str | None]:
    """Return a value as metrics_daily holds it."""
    if value is None:
        return None, None
    match kind_of(value):
        case "native":
            return int(value) / COIN, f"{Decimal(int(value)).scaleb(-8):.8f}"
        case "usd":
            exact = Fraction(value)
            with localcontext(Context(prec=100)):
                return float(exact), f"{Decimal(exact.numerator) / Decimal(exact.denominator):f}"
        case "count":
            return float(value), str(value)
        case "quotient":
            return float(value), f"{Decimal(repr(float(value))):f}"
