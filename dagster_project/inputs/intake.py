"""What an input contributed, by file: rows taken, rows and files skipped, and why.

It is kept as JSON in the lake, for the end of a build and for ``satledger status``.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg

from dagster_project.errors import SatledgerError
from dagster_project.inputs.records import read_record, write_record

# The most files that are listed on a terminal, and in what Dagster keeps for each day; the record has all of them.
SHOWN = 20


@dataclass
class FileIntake:
    """What became of one file, or of one part of a service's answer.

    Attributes:
        taken: rows that were written to the lake.
        aside: rows skipped by reason.
        columns: names of the skipped columns of a file that was read.
        whole: why the whole file was skipped without reading it; None where it was read.
        bundled: whether it comes with satledger and not from the user.
    """

    taken: int = 0
    aside: Counter[str] = field(default_factory=Counter)
    columns: list[str] = field(default_factory=list)
    whole: str | None = None
    bundled: bool = False

    def left(self) -> str:
        """What was skipped, as text; empty where nothing was."""
        if self.whole is not None:
            return self.whole
        parts = [f"{rows:,} {_rows(rows)} ({reason})" for reason, rows in sorted(self.aside.items())]
        if self.columns:
            parts.append(f"the column{'s' if len(self.columns) > 1 else ''} {', '.join(map(_column, self.columns))}")
        return "; ".join(parts)


class Intake:
    """Counts what is taken from one input, and what is skipped.

    Attributes:
        what: the input in words, such as ``prices``.
        source: the file, folder or address (without a password) that the user named; None where the user named none.
        setting: the setting that names it.
        files: what became of each file, by its name below the source.
    """

    def __init__(self, what: str, source: str | Path | None = None, setting: str = "") -> None:
        self.what = what
        self.source = source
        self.setting = setting
        self.files: dict[str, FileIntake] = {}
        self._expected: set[str] = set()
        self._bundled: dict[Path, str] = {}
        self._names: dict[Path, str] = {}

    def bundle(self, file: Path, name: str) -> None:
        """Mark a file as one that comes with satledger, and set the name that is shown for it."""
        self._bundled[file] = self._names[file] = name

    def expect(self, files: Iterable[Path | str]) -> None:
        """Name files that may be read later; if they are not, their counts in the record are kept."""
        self._expected |= {self._name(file) for file in files}

    def recount(self, files: Iterable[Path | str]) -> None:
        """Count files from 0 again, because they are read again."""
        for file in files:
            self.files.pop(self._name(file), None)

    def take(self, file: Path | str, rows: int = 1) -> None:
        """Count rows as taken; with 0 rows the file only counts as read."""
        self._of(file).taken += rows

    def leave(self, file: Path | str, reason: str, rows: int = 1) -> None:
        """Count rows as skipped."""
        self._of(file).aside[reason] += rows

    def keep(self, file: Path | str, rows: int, reason: str) -> None:
        """Count only ``rows`` of a file's taken rows as taken, and the rest as skipped."""
        found = self._of(file)
        if found.taken > rows:
            found.aside[reason] += found.taken - rows
            found.taken = rows

    def leave_columns(self, file: Path | str, columns: list[str]) -> None:
        """Record columns that are not read."""
        self._of(file).columns = columns

    def leave_file(self, file: Path | str, reason: str) -> None:
        """Record a file or folder that is skipped as a whole."""
        self._of(file).whole = reason

    def put(self, record: Mapping[str, Any]) -> None:
        """Add what an earlier run recorded of files that have not changed (see ``records``)."""
        for name, entry in record.items():
            self.files[name] = FileIntake(
                entry["taken"], Counter(entry["left aside"]), entry["columns left aside"], entry["whole file"]
            )

    def taken(self) -> int:
        """How many rows were taken, of the user's files and of bundled ones."""
        return sum(found.taken for found in self.files.values())

    def reasons(self) -> Counter[str]:
        """How many rows were skipped by reason, in all files."""
        return sum((found.aside for found in self.files.values()), Counter[str]())

    def refuse_if_nothing(self, advice: str = "") -> None:
        """Refuse an input that the user named if nothing was taken from it.

        Args:
            advice: what to check first, with a comma at its end.

        Raises:
            SatledgerError: with what was skipped, file by file.
        """
        own = {name: found for name, found in self.files.items() if not found.bundled}
        if self.source is None or any(found.taken for found in own.values()):
            return
        lines = [f"{name}: {found.left() or 'it holds no rows'}" for name, found in sorted(own.items())]
        raise SatledgerError(
            f"Nothing was taken of the {self.what} at {self.source}: {advice}correct them (docs/inputs.md has the "
            f"forms), or unset {self.setting}.\n" + "\n".join(_short(lines, "and {} more files"))
        )

    def metadata(self, most: int | None = None) -> dict[str, Any]:
        """The counts as Dagster's metadata: sums, and a table of the files.

        Args:
            most: how many files the table may have, those with skipped rows first; by default all.
        """
        shown = sorted(self.files.items(), key=lambda each: (not each[1].left(), each[0]))[:most]
        records = [
            dg.TableRecord({"file": name, "rows taken": found.taken, "left aside": found.left()})
            for name, found in sorted(shown)
        ]
        columns = [dg.TableColumn("file"), dg.TableColumn("rows taken", "int"), dg.TableColumn("left aside")]
        return {
            "rows taken": self.taken(),
            "rows left aside": self.reasons().total(),
            "files left aside": sum(found.whole is not None for found in self.files.values()),
            "left aside": dict(sorted(self.reasons().items())),
            "files": dg.MetadataValue.table(records, dg.TableSchema(columns)),
        }

    def records(self) -> dict[str, Any]:
        """The counts for JSON, by file."""
        return {
            name: {
                "taken": found.taken,
                "left aside": dict(sorted(found.aside.items())),
                "columns left aside": found.columns,
                "whole file": found.whole,
            }
            for name, found in sorted(self.files.items())
        }

    def write(self, lake: Path) -> None:
        """Write the record into the lake, with the earlier counts of expected files that were not read this time."""
        path = _folder(lake) / f"{self.what.replace(' ', '_')}.json"
        source = None if self.source is None else str(self.source)
        missing = self._expected - self.files.keys()
        if missing and (before := _recorded(path)) and before.source == source:
            self.files |= {name: found for name, found in before.files.items() if name in missing and not found.whole}
        write_record(path, {"what": self.what, "source": source, "files": self.records()})

    def _of(self, file: Path | str) -> FileIntake:
        name = self._name(file)
        if name not in self.files:
            self.files[name] = FileIntake(bundled=file in self._bundled)
        return self.files[name]

    def _name(self, file: Path | str) -> str:
        if isinstance(file, str):
            return file
        if file not in self._names:
            # Cached, because it is needed for each row: computing it each time took a third of an import.
            root = Path(self.source) if self.source is not None else file.parent
            below = file != root and file.is_relative_to(root)
            self._names[file] = str(file.relative_to(root)) if below else file.name
        return self._names[file]


def told(lake: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield, for each input with a record in the lake, its name and the lines that report what was taken."""
    for path in sorted(_folder(lake).glob("*.json")):
        intake = _recorded(path)
        if intake is None:
            yield path.stem.replace("_", " "), [f"not known: {path} is damaged, the next build writes it anew"]
        elif intake.files:
            yield intake.what, list(_lines(intake, path))


def _recorded(path: Path) -> Intake | None:
    """The content of a record, or None where there is none or it is damaged."""
    try:
        record = read_record(path)
        intake = Intake(record["what"], record["source"])
        intake.put(record["files"])
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return intake


def _lines(intake: Intake, path: Path) -> Iterator[str]:
    rows, whole = intake.reasons().total(), sum(found.whole is not None for found in intake.files.values())
    taken = f"{intake.taken():,} {_rows(intake.taken())} taken"
    aside = [f"{rows:,} {_rows(rows)}"] * bool(rows) + [f"{whole:,} {'file' if whole == 1 else 'files'}"] * bool(whole)
    origin = f"; from {intake.source}" if intake.source else ""
    yield f"{taken}, {' and '.join(aside) or 'nothing'} left aside{origin}"
    if intake.source is None:
        # The files are satledger's own: their names would tell the user nothing.
        return
    # Files that were taken come first, so that they are not lost among hundreds of skipped ones.
    files = sorted(intake.files.items(), key=lambda each: (not each[1].taken, each[1].whole is not None, each[0]))
    lines = [f"  {name}: {_told(found)}" for name, found in files]
    yield from _short(lines, f"  and {{}} more files, all of them in {path}")


def _told(found: FileIntake) -> str:
    left = found.left()
    if found.whole is not None:
        return f"left aside: {left}"
    return f"{found.taken:,} {_rows(found.taken)} taken" + (f"; left aside: {left}" if left else "")


def _short(lines: list[str], rest: str) -> list[str]:
    return lines if len(lines) <= SHOWN else [*lines[:SHOWN], rest.format(f"{len(lines) - SHOWN:,}")]


def _column(name: str) -> str:
    return name or "without a name"


def _rows(count: int) -> str:
    return "row" if count == 1 else "rows"


def _folder(lake: Path) -> Path:
    return lake / "inputs"
