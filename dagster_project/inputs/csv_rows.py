"""Rows of a CSV file with their line numbers."""

import codecs
import csv
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from dagster_project.inputs.bad_rows import BadRows
from dagster_project.inputs.limits import Lines, LongRowError

Names = Callable[[Sequence[str]], Sequence[str]]

ADDRESSES = ("http://", "https://")
# The first bytes of files of other kinds, and what the user should do with such a file.
OTHER_KINDS = {
    b"\x1f\x8b": "compressed: unpack it",
    b"PK\x03\x04": "a ZIP archive or a spreadsheet: unpack it, or save it as CSV",
    b"\xd0\xcf\x11\xe0": "a spreadsheet: save it as CSV",
    b"PAR1": "Parquet: save it as CSV",
    codecs.BOM_UTF16_LE: "UTF-16 text: save it as UTF-8",
    codecs.BOM_UTF16_BE: "UTF-16 text: save it as UTF-8",
}
OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs"}


class NotOursError(Exception):
    """A file is clearly about something else; the message says why."""


def csv_rows(
    path: Path, required: Collection[str], bad: BadRows, names: Names | None = None
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line, row) for every row of a CSV file with a header line, values stripped of surrounding blanks.

    A line above the header that has only the address of the website that a file is from is ignored.

    Args:
        path: UTF-8 file, with or without byte order mark.
        required: columns that the header must have.
        bad: takes what cannot be read: missing columns, rows of another length than the header, broken text.
        names: maps a header's columns to our names. It may raise a ValueError that says what is wrong with the header,
            or a NotOursError, which is passed to the caller.

    Raises:
        NotOursError: ``names`` raised it.
    """
    # The last line that was read and taken.
    line = 0
    try:
        if kind := _other_kind(path):
            bad.add(path, 1, f"the file is {kind}")
            return
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = Lines(file)
            reader = csv.reader(lines, strict=True)
            columns = [name.strip() for name in next(reader, [])]
            if len(columns) == 1 and columns[0].lower().startswith(ADDRESSES):
                columns = [name.strip() for name in next(reader, [])]
            try:
                columns = _checked(columns, required, names)
            except ValueError as error:
                empty = "the line of column names is empty" if reader.line_num else "the file is empty"
                bad.add(path, max(1, reader.line_num), str(error) if any(columns) else empty)
                return
            line = reader.line_num
            lines.row_ends()
            for values in reader:
                line = reader.line_num
                lines.row_ends()
                if len(values) == len(columns):
                    yield line, {name: value.strip() for name, value in zip(columns, values, strict=True)}
                elif values:
                    bad.add(path, line, f"{len(values)} fields where the header has {len(columns)}")
    except UnicodeDecodeError:
        bad.add(path, line + 1, "the text from here on is not UTF-8")
    except LongRowError as error:
        bad.add(path, line + 1, str(error))
    except OSError as error:
        bad.add(path, max(1, line), f"the file cannot be read ({error.strerror})")
    except csv.Error as error:
        bad.add(path, line + 1, f"not readable as CSV ({error})")


def _checked(columns: Sequence[str], required: Collection[str], names: Names | None) -> list[str]:
    """Return the columns by our names.

    Raises:
        ValueError: the header cannot be used.
    """
    for separator, called in OTHER_SEPARATORS.items():
        if len(columns) == 1 and separator in columns[0]:
            raise ValueError(f"the columns are separated by {called}: separate them by commas")
    own = list(names(columns) if names else columns)
    missing = [name for name in required if name not in own]
    if missing:
        raise ValueError(f"the header has no column {', '.join(missing)}")
    twice = sorted({name for name in own if name and own.count(name) > 1})
    if twice:
        raise ValueError(f"the header has the column {', '.join(twice)} twice")
    return own


def _other_kind(path: Path) -> str | None:
    """The kind of a file that is not UTF-8 text, where its first bytes show it."""
    with path.open("rb") as file:
        beginning = file.read(max(map(len, OTHER_KINDS)))
    return next((kind for mark, kind in OTHER_KINDS.items() if beginning.startswith(mark)), None)
