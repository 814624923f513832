"""Results as Markdown."""

import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median

from bench.measure import Series, processor_ratios, ratios

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("duckdb", "dbt-core", "dagster", "bitcoin-etl", "numpy")


@dataclass(frozen=True)
class Ratio:
    """A claim: one time divided by another of the same round."""

    claim: str
    dividend: Series
    divisor: Series
    target: str = ""


@dataclass(frozen=True)
class Table:
    """A further table."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[object]]


@dataclass(frozen=True)
class Report:
    """The results of a case.

    Attributes:
        name: of the case, and of the file.
        about: what was measured and how, in a few sentences.
        series: measured times.
        ratios: the claims.
        tables: further tables.
    """

    name: str
    about: str
    series: Sequence[Series] = ()
    ratios: Sequence[Ratio] = ()
    tables: Sequence[Table] = field(default_factory=list)

    def markdown(self) -> str:
        """The report as Markdown text."""
        parts = [f"# {self.name}", self.about, machine()]
        if self.ratios:
            parts.append(
                table(
                    ("ratio", "median", "lowest", "highest", "of processor time", "target"),
                    map(_ratio_row, self.ratios),
                )
            )
        if self.series:
            parts.append(
                table(
                    ("measured", "median", "each run, seconds", "processor time", "load"), map(_series_row, self.series)
                )
            )
        for other in self.tables:
            parts += [f"## {other.title}", table(other.header, other.rows)]
        return "\n\n".join(parts) + "\n"

    def write(self) -> Path:
        """Write the report to the folder of results, and return its path."""
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"{self.name}.md"
        path.write_text(self.markdown(), encoding="utf-8")
        return path


def table(header: Sequence[str], rows: Sequence[Sequence[object]] | map) -> str:
    """A Markdown table; numbers have only their significant digits."""
    lines = [header, ["---"] * len(header), *([_cell(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _ratio_row(ratio: Ratio) -> list[object]:
    each = ratios(ratio.dividend, ratio.divisor)
    processor = median(processor_ratios(ratio.dividend, ratio.divisor))
    return [ratio.claim, median(each), min(each), max(each), processor, ratio.target]


def _series_row(series: Series) -> list[object]:
    each = ", ".join(_cell(seconds) for seconds in series.seconds)
    processor = f"{_cell(median(series.processor))} s"
    return [
        series.name,
        f"{_cell(series.median)} s",
        each,
        processor,
        f"{min(series.load):.1f} to {max(series.load):.1f}",
    ]


def machine() -> str:
    """The machine, the versions and the commit."""
    model = next(
        (line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{os.cpu_count()} processors ({model}), {memory:.0f} GB of memory, Python {platform.python_version()}, "
        f"{versions}; commit {_commit()}. Load is the average over a minute when a run ended: above the number of "
        "processors the machine was shared, and only ratios mean anything."
    )


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text(encoding="utf-8").splitlines() if file.is_file() else []


def commit_of(checkout: Path) -> str:
    """The short hash of a checkout's commit."""
    command = ["git", "-C", str(checkout), "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or "unknown"


def _commit() -> str:
    root = Path(__file__).parent
    changed = subprocess.run(["git", "-C", root, "diff", "--quiet", "HEAD"], capture_output=True, check=False)
    return commit_of(root) + (" with local changes" if changed.returncode else "")
