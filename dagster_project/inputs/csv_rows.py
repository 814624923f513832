"""Rows of a CSV file with their line numbers."""

import csv
from collections.abc import Collection, Iterator
from pathlib import Path

from dagster_project.inputs.bad_rows import BadRows


def csv_rows(
    path: Path, required: Collection[str], bad: BadRows, optional: Collection[str] | None = None
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line, row) for every row of a CSV file with a header line, values stripped of surrounding blanks.

    Args:
        path: UTF-8 file, with or without byte order mark.
        required: columns that the header must have.
        optional: columns that it may have besides; by default any.
        bad: takes what cannot be read: missing columns, rows of another length than the header, broken text.
    """
    line = 1
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, strict=True)
            columns = [name.strip() for name in next(reader, [])]
            if problem := _header_problem(columns, required, optional):
                bad.add(path, 1, problem)
                return
            for values in reader:
                line = reader.line_num
                if len(values) == len(columns):
                    yield line, {name: value.strip() for name, value in zip(columns, values, strict=True)}
                elif values:
                    bad.add(path, line, f"{len(values)} fields where the header has {len(columns)}")
    except UnicodeDecodeError:
        bad.add(path, line + 1, "the text from here on is not UTF-8")
    except csv.Error as error:
        bad.add(path, line + 1, f"not readable as CSV ({error})")


def _header_problem(columns: list[str], required: Collection[str], optional: Collection[str] | None) -> str | None:
    missing = [name for name in required if name not in columns]
    if missing:
        return f"the header has no column {', '.join(missing)}"
    known = (*required, *(optional or ()))
    unknown = [name for name in columns if optional is not None and name not in known]
    if unknown:
        return f"the column {', '.join(unknown)} is none of {', '.join(known)}"
    twice = sorted({name for name in columns if columns.count(name) > 1})
    return f"the header has the column {', '.join(twice)} twice" if twice else None
