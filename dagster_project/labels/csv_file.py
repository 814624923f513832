"""Labels from CSV: address, exchange_code, source, as_of; optionally exchange_name, role, confidence."""

from collections.abc import Iterator
from pathlib import Path

from dagster_project.inputs.bad_rows import BadRows
from dagster_project.inputs.csv_rows import csv_rows
from dagster_project.labels.model import UNKNOWN_ROLE, UNSTATED, Exchanges, Label, parse_day

REQUIRED = ("address", "exchange_code", "source", "as_of")
OPTIONAL = ("exchange_name", "role", "confidence")


def read_csv(path: Path, exchanges: Exchanges, bad: BadRows) -> Iterator[Label]:
    """Yield the labels of a CSV file; what cannot be one goes to ``bad``, every fault of a row in one line."""
    for line, row in csv_rows(path, REQUIRED, bad, OPTIONAL):
        code, as_of = row["exchange_code"], parse_day(row["as_of"])
        faults = [f"{name} is empty" for name in REQUIRED if not row[name]]
        if code and code not in exchanges.names:
            faults.append(f"there is no exchange with the code {code}")
        if other := _other_exchange(row, exchanges):
            faults.append(f"the name {row['exchange_name']} is that of {other}, not of {code}")
        if row["as_of"] and as_of is None:
            faults.append(f"as_of is {row['as_of']}, not a date like 2022-11-16")
        if faults or as_of is None:
            bad.add(path, line, "; ".join(faults))
            continue
        role, confidence = row.get("role") or UNKNOWN_ROLE, row.get("confidence") or UNSTATED
        yield Label(row["address"], code, role, row["source"], as_of, confidence, path, line)


def _other_exchange(row: dict[str, str], exchanges: Exchanges) -> str | None:
    named = exchanges.code_of(row.get("exchange_name", ""))
    return named if named and named != row["exchange_code"] and row["exchange_code"] in exchanges.names else None
