"""The benchmarks' command line: ``uv run python -m bench [CASE ...]``."""

from collections.abc import Callable
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markdown import Markdown

from bench.report import Report


class Case(StrEnum):
    """A benchmark case; its module in this package has the same name."""

    LAKE = "lake"
    EXTRACTION = "extraction"
    INPUTS = "inputs"
    KILLS = "kills"
    POSTGRES = "postgres"
    FAULTS = "faults"
    BUILD = "build"
    NEW_DAY = "new_day"
    PUBLISH = "publish"
    SCALE = "scale"
    WHOLE_DAY = "whole_day"
    DENSE_PART = "dense_part"
    COMMUNITY = "community"
    DAY_COST = "day_cost"
    SERVING = "serving"
    CROWD = "crowd"
    LEDGER_CALLS = "ledger_calls"
    EXPLORER_CALLS = "explorer_calls"
    SPARK = "spark"
    DEMO_REFERENCE = "demo_reference"
    SPARK_EQUAL = "spark_equal"
    SPARK_KILLS = "spark_kills"


SIZED = (
    Case.LAKE,
    Case.BUILD,
    Case.NEW_DAY,
    Case.PUBLISH,
    Case.SCALE,
    Case.WHOLE_DAY,
    Case.DENSE_PART,
    Case.COMMUNITY,
    Case.SPARK,
)
CASES = Annotated[list[Case] | None, typer.Argument(help="What to measure; by default everything.")]
ENTRIES = Annotated[int, typer.Option(min=1_000, help="Ledger entries of the synthetic chains.")]
ROUNDS = Annotated[int, typer.Option(min=1, help="How often each thing is measured.")]
FOLDER = Annotated[Path, typer.Option(help="Where the chains are made and kept; they may need gigabytes.")]


def main(
    cases: CASES = None,
    entries: ENTRIES = 1_000_000,
    rounds: ROUNDS = 5,
    folder: FOLDER = Path(__file__).parent / "data",
) -> None:
    """Measure, print the results and write them to bench/results."""
    console = Console()
    for case in cases or list(Case):
        console.rule(case)
        run: Callable[..., Report] = import_module(f"bench.{case}").run
        size = (folder.resolve(), entries) if case in SIZED else (folder.resolve(),) if case is Case.FAULTS else ()
        report = run(console, rounds, *size)
        path = report.write()
        console.print(Markdown(report.markdown()))
        console.print(f"Written to {path}", style="green")


if __name__ == "__main__":
    typer.run(main)
