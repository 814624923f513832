"""Labels from CSV: address, exchange_code, source, as_of; optionally exchange_name, role, confidence.

Both exchange columns accept a code or a name, in upper or lower case. Other columns are skipped and reported.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from dagster_project.inputs.bad_rows import BadRows
from dagster_project.inputs.csv_rows import NotOursError, csv_rows
from dagster_project.inputs.intake import Intake
from dagster_project.labels.model import UNKNOWN_ROLE, UNSTATED, Exchanges, Label, parse_day

CODE = "exchange_code"
NAME = "exchange_name"
REQUIRED = ("address", "source", "as_of")
OPTIONAL = ("role", "confidence")
OTHER_NAMES = {"exchange": CODE}


def read_csv(path: Path, exchanges: Exchanges, bad: BadRows, intake: Intake) -> Iterator[Label]:
    """Yield the labels of a CSV file; bad rows are added to ``bad``, with all faults of a row in one line.

    A file that has neither addresses nor exchanges is recorded as skipped, and so are unknown columns.
    """

    def names(columns: Sequence[str]) -> list[str]:
        known = [OTHER_NAMES.get(name.lower(), name.lower()) for name in columns]
        if not {"address", CODE, NAME} & set(known) and any(known):
            raise NotOursError(f"no labels: it has the columns {', '.join(columns)}")
        if CODE not in known and NAME not in known:
            missing = [name for name in ("address", CODE, "source", "as_of") if name not in known]
            raise ValueError(f"the header has no column {', '.join(missing)}")
        other = [
            name for name, own in zip(columns, known, strict=True) if own not in (CODE, NAME, *REQUIRED, *OPTIONAL)
        ]
        if other:
            intake.leave_columns(path, other)
        # Unknown columns get an empty name, because they may have the same name, or none.
        return ["" if name in other else own for name, own in zip(columns, known, strict=True)]

    try:
        for line, row in csv_rows(path, REQUIRED, bad, names):
            if label := _label(path, line, row, exchanges, bad):
                yield label
    except NotOursError as left:
        intake.leave_file(path, str(left))


def _label(path: Path, line: int, row: dict[str, str], exchanges: Exchanges, bad: BadRows) -> Label | None:
    faults = [f"{name} is empty" for name in REQUIRED if not row[name]]
    # Either column gives the exchange; if both do, they have to agree.
    given = row.get(CODE) or row.get(NAME, "")
    code, as_of = exchanges.code_of_any(given), parse_day(row["as_of"])
    if not given:
        faults.append(f"{CODE if CODE in row else NAME} is empty")
    elif code is None:
        faults.append(f"there is no exchange with the name or code {given} (the codes are {' '.join(exchanges.names)})")
    named = exchanges.code_of(row.get(NAME, ""))
    if code and named and named != code:
        faults.append(f"the name {row[NAME]} is that of {named}, not of {code}")
    if row["as_of"] and as_of is None:
        faults.append(f"as_of is {row['as_of']}, not a date like 2022-11-16")
    if faults or code is None or as_of is None:
        bad.add(path, line, "; ".join(faults))
        return None
    role, confidence = row.get("role") or UNKNOWN_ROLE, row.get("confidence") or UNSTATED
    return Label(row["address"], code, role, row["source"], as_of, confidence, path, line)
