"""The results of the trials, one JSON object a line, and the page that is written from them."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from bench.faults.trial import Outcome
from bench.report import Report, Table, table
from dagster_project.settings import PROJECT_ROOT

PAGE = PROJECT_ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- made by `bench faults` from here on -->", "<!-- to here -->"
# Of each kind so many sentences are shown.
SENTENCES = 2


@dataclass(frozen=True)
class Row:
    """A trial: its number, what was done, how it ended, and how long that took."""

    number: int
    kind: str
    what: str
    outcome: str
    told: str
    seconds: float


class Record:
    """The trials of all runs so far; of a repeated trial the last result counts.

    Args:
        path: of the file, which is kept with the results, so that any machine can go on.
        lab: the folder of the trials, whose place is not recorded.
    """

    def __init__(self, path: Path, lab: Path) -> None:
        self._path, self._lab = path, lab
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        # The last line is torn where a run was ended while it wrote it.
        self._rows = {row.number: row for row in _rows(lines)}

    def __contains__(self, number: object) -> bool:
        """Whether a trial was run, and need not be repeated."""
        return number in self._rows and self._rows[number].outcome != Outcome.FAILED  # pyright: ignore[reportArgumentType]

    def add(self, row: Row) -> None:
        """Record a trial, without the places of this machine."""
        places = {str(self._lab / "home"): "HOME", str(self._lab): "FOLDER"}
        places[str(Path(sys.executable).resolve())] = "python"
        told = row.told
        for place, name in places.items():
            told = told.replace(place, name)
        row = replace(row, told=told)
        self._rows[row.number] = row
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(row)) + "\n")

    def report(self, seed: int) -> Report:
        """The results as a report; they are also written to the page."""
        rows = [self._rows[number] for number in sorted(self._rows)]
        outcomes = Counter(row.outcome for row in rows)
        kinds = dict.fromkeys(row.kind for row in rows)
        header = ("what went wrong", "trials", "same bytes", "refused first", "named by check", "failed")
        counted = [(kind, *_counts([row for row in rows if row.kind == kind])) for kind in kinds]
        counted.append(("**all**", *_counts(rows)))
        about = (
            f"{len(rows)} trials (seed {seed}): in {outcomes[Outcome.EQUAL]} {Outcome.EQUAL}; "
            f"in {outcomes[Outcome.REFUSED]} {Outcome.REFUSED}; in {outcomes[Outcome.TOLD]} {Outcome.TOLD}; "
            f"{outcomes[Outcome.FAILED]} failed."
        )
        _into_page("\n\n".join([about, table(header, counted), *_sentences(rows)]))
        each = [(row.number, row.kind, row.what, row.outcome, row.told.replace("|", "/")) for row in rows]
        columns = ("trial", "kind", "what was done", "outcome", "what was told")
        return Report("faults", about, tables=[Table("By kind", header, counted), Table("Each trial", columns, each)])


def _rows(lines: list[str]) -> Iterator[Row]:
    for line in lines:
        try:
            yield Row(**json.loads(line))
        except ValueError:
            continue


def _counts(rows: list[Row]) -> list[int]:
    found = Counter(row.outcome for row in rows)
    return [len(rows), *(found[each] for each in (Outcome.EQUAL, Outcome.REFUSED, Outcome.TOLD, Outcome.FAILED))]


def _sentences(rows: list[Row]) -> Iterator[str]:
    """A few of the sentences with which runs refused, by kind."""
    found: dict[str, list[str]] = {}
    for row in rows:
        known = found.setdefault(row.kind, [])
        text = " ".join(row.told.split())
        if text and row.outcome != Outcome.FAILED and len(known) < SENTENCES:
            known.append(text)
    yield "Some of what was told:"
    yield "\n".join(f"- {kind}: *{text}*" for kind, texts in found.items() for text in texts)


def _into_page(text: str) -> None:
    """Put the results between the marks of the page; all else there is written by hand."""
    page = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else f"# Reliability\n\n{BEGIN}\n{END}\n"
    before, rest = page.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")
