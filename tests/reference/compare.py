"""Compare a warehouse (or its published copy) with a reference result: a list of differences in plain words."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Any

import duckdb

from .accounts import VIRTUAL
from .holders import COIN
from .ledger import OVERWRITE_INDEX
from .metrics import ASSET, ReferenceResult
from .values import Value, kind_of, regular_id

RELATIVE_TOLERANCE = 1e-12
NATIVE_TEXT = re.compile(r"-?\d+\.\d{8}")
COUNT_TEXT = re.compile(r"\d+")
DECIMAL_TEXT = re.compile(r"-?\d+(\.\d+)?")


def compare(connection: duckdb.DuckDBPyConnection, result: ReferenceResult) -> list[str]:
    """Return every difference between the connection's tables and the reference; empty where all agree.

    Tables: metrics_daily, balance_updates, account_days, hop_members, exchange_transfers.
    """
    parts: tuple[Callable[[duckdb.DuckDBPyConnection, ReferenceResult], list[str]], ...] = (
        compare_ledger,
        compare_account_days,
        compare_hop_members,
        compare_transfers,
        compare_metrics,
    )
    return [difference for part in parts for difference in part(connection, result)]


def compare_metrics(connection: duckdb.DuckDBPyConnection, result: ReferenceResult) -> list[str]:
    """Compare metrics_daily: exactly what the reference has, nulls as rows, aliases optional."""
    rows = connection.execute("SELECT time, metric, value, value_text FROM metrics_daily WHERE asset = ?", [ASSET])
    stored: dict[tuple[date, str], tuple[float | None, str | None]] = {}
    differences = []
    for day, metric, value, text in rows.fetchall():
        if (day, metric) in stored:
            differences.append(f"metrics_daily {day} {metric}: more than one row")
        stored[day, metric] = (value, text)
    for day, metric in sorted(stored):
        if day not in result.metrics:
            differences.append(f"metrics_daily {day} {metric}: the day is not complete, or before the first")
        elif regular_id(metric) not in result.metrics[day]:
            differences.append(f"metrics_daily {day} {metric}: unknown to the reference")
        else:
            fault = value_fault(result.value(day, metric), *stored[day, metric])
            if fault:
                differences.append(f"metrics_daily {day} {metric}: {fault}")
    missing = [(day, metric) for day in result.metrics for metric in result.metrics[day] if (day, metric) not in stored]
    return differences + [f"metrics_daily {day} {metric}: no row" for day, metric in missing]


def value_fault(expected: Value, value: float | None, text: str | None) -> str | None:
    """Describe the fault of a stored value or its exact text, if there is one."""
    if expected is None or value is None or text is None:
        agree = expected is None and value is None and text is None
        return None if agree else f"stored {value} ({text}), reference {expected}"
    kind = kind_of(expected)
    pattern = {"native": NATIVE_TEXT, "count": COUNT_TEXT}.get(kind, DECIMAL_TEXT)
    if not pattern.fullmatch(text):
        return f"{text!r} is not how a value of kind {kind} is written"
    if kind == "quotient":
        if float(text) != value:
            return f"{text} does not read back as {value!r}"
        near = abs(value - float(expected)) <= RELATIVE_TOLERANCE * abs(float(expected))
        return None if near else f"stored {value!r}, reference {expected!r}"
    exact = Fraction(expected) / (COIN if kind == "native" else 1)
    if Fraction(text) != exact:
        return f"stored {text}, reference {float(exact)!r} (exactly {exact})"
    near = abs(value - float(exact)) <= RELATIVE_TOLERANCE * abs(float(exact))
    return None if near else f"stored double {value!r}, text {text}"


def compare_ledger(connection: duckdb.DuckDBPyConnection, result: ReferenceResult) -> list[str]:
    """Compare balance_updates, entry by entry in order (those of an overwrite in any order)."""
    rows = connection.execute(
        "SELECT height, tx_index, day, kind, account, value FROM balance_updates ORDER BY height, tx_index, entry_index"
    )
    stored: dict[tuple[int, int], list[tuple[Any, ...]]] = {}
    for height, tx_index, *entry in rows.fetchall():
        stored.setdefault((height, tx_index), []).append(tuple(entry))
    expected = {
        (posting.height, posting.tx_index): [(posting.day, e.kind, e.account, e.value) for e in posting.entries]
        for posting in result.postings
        if posting.entries
    }
    for place in stored.keys() | expected.keys():
        if place[1] == OVERWRITE_INDEX:
            for side in (stored, expected):
                side[place] = sorted(side.get(place, []))
    return keyed_differences("balance_updates (height, tx_index)", stored, expected)


def compare_account_days(connection: duckdb.DuckDBPyConnection, result: ReferenceResult) -> list[str]:
    """Compare account_days; virtual accounts where the table has any of them."""
    rows = connection.execute(
        "SELECT day, account, opening, credits, debits, closing, previous_change_day FROM account_days"
    ).fetchall()
    stored = {row[:2]: row[2:] for row in rows}
    left_out = set() if any(account in VIRTUAL for _, account in stored) else VIRTUAL
    expected = {
        (row.day, row.account): (row.opening, row.credits, row.debits, row.closing, row.previous_change_day)
        for row in result.account_days
        if row.account not in left_out
    }
    repeated = [f"account_days: {len(rows) - len(stored)} repeated rows"] if len(rows) > len(stored) else []
    return repeated + keyed_differences("account_days", stored, expected)


def compare_hop_members(connection: duckdb.DuckDBPyConnection, result: ReferenceResult) -> list[str]:
    """Compare hop_members: the same accounts and days, and evidence that is one of the transactions that prove it."""
    rows = connection.execute("SELECT account, hop, day, evidence_txid FROM hop_members").fetchall()
    found = result.hop_members
    stored = {(account, hop): day for account, hop, day, _ in rows}
    expected = {(account, hop): day for hop in range(2) for account, day in found.joined[hop].items()}
    differences = keyed_differences("hop_members", stored, expected)
    if len(rows) > len(stored):
        differences.append(f"hop_members: {len(rows) - len(stored)} repeated rows")
    for account, hop, day, txid in sorted(rows, key=str):
        proves = found.evidence[hop].get(account, set())
        if expected.get((account, hop)) == day and txid not in proves:
            differences.append(f"hop_members ({account}, {hop}): {txid} does not prove {day}, {sorted(proves)} do")
    return differences


def compare_transfers(connection: duckdb.DuckDBPyConnection, result: ReferenceResult) -> list[str]:
    """Compare exchange_transfers, all pairs of every transaction that touches an exchange; rows of 0 do not matter."""
    rows = connection.execute(
        "SELECT day, height, tx_index, party_set, sender, receiver, value FROM exchange_transfers WHERE value <> 0"
    ).fetchall()
    stored = Counter(tuple(row) for row in rows)
    expected = Counter(
        (t.day, t.height, t.tx_index, t.party_set, t.sender, t.receiver, t.value) for t in result.transfers
    )
    unknown = [f"exchange_transfers: {row} is not in the reference" for row in sorted((stored - expected).elements())]
    missing = [f"exchange_transfers: {row} is missing" for row in sorted((expected - stored).elements())]
    return unknown + missing


def keyed_differences(table: str, stored: dict[Any, Any], expected: dict[Any, Any]) -> list[str]:
    """Say which keys are on one side only, or have different values."""
    differences = []
    for key in sorted(stored.keys() | expected.keys(), key=str):
        if key not in expected:
            differences.append(f"{table} {key}: {stored[key]} is not in the reference")
        elif key not in stored:
            differences.append(f"{table} {key}: {expected[key]} is missing")
        elif stored[key] != expected[key]:
            differences.append(f"{table} {key}: stored {stored[key]}, reference {expected[key]}")
    return differences
