"""What ``satledger status`` shows."""

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dagster_project.chain.sources import Source, open_source
from dagster_project.cli.health import Finding, findings
from dagster_project.cli.lake_health import lake_findings
from dagster_project.cli.sizes import bytes_of, readable
from dagster_project.days import Days
from dagster_project.errors import SatledgerError
from dagster_project.home import disk_told
from dagster_project.inputs.intake import told
from dagster_project.instance import instance
from dagster_project.planning.plan import Reading, Wanted, plan
from dagster_project.planning.state import read_state
from dagster_project.settings import Settings
from dagster_project.warehouse.state import built_days


def show(settings: Settings) -> None:
    """Print the state of the home and of its source.

    Raises:
        SatledgerError: something is wrong, as the printed lines say: the source cannot be reached, a raw day is
            damaged, the last run failed, an invariant is broken, or something is not published. Or the disk is full.
    """
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column()
    # A hash that does not fit is wrapped, not cut.
    table.add_column(overflow="fold")
    wrong: list[str] = []
    # Dagster writes to its folder even when it is only read.
    with disk_told(settings):
        for line in _lines(settings):
            # Brackets in an address or a path would be read as markup.
            table.add_row(line.name, Text(line.text, style="red" if line.wrong else ""))
            if line.wrong:
                wrong.append(line.name)
    Console().print(table, highlight=False)
    _refuse(wrong)


def show_json(settings: Settings) -> None:
    """Print the state of the home and of its source as one JSON object.

    Raises:
        SatledgerError: something is wrong, as in `show`.
    """
    with disk_told(settings):
        lines = list(_lines(settings))
    wrong = [line.name for line in lines if line.wrong]
    findings = [{"name": line.name, "text": line.text, "wrong": line.wrong} for line in lines]
    typer.echo(json.dumps({"ok": not wrong, "wrong": wrong, "findings": findings}, indent=2))
    _refuse(wrong)


def _refuse(wrong: Sequence[str]) -> None:
    if wrong:
        raise SatledgerError(f"Not all is well, as told above: {', '.join(wrong)}.")


def show_plan(settings: Settings) -> None:
    """Print what the next build would run, and why.

    Raises:
        SatledgerError: the source cannot be read, or another process builds.
    """
    with disk_told(settings), instance(settings) as opened:
        state = read_state(settings, open_source(settings, patient=False), opened)
        steps = plan(state, Wanted(reading=Reading.SERVICES))
    if not steps:
        Console().print("Nothing: all complete days are built and published, and no input changed.", highlight=False)
        return
    table = Table("run", "days", "why", box=None, padding=(0, 2, 0, 0))
    for step in steps:
        table.add_row(str(step.targets), str(step.days or ""), Text(step.reason))
        for stale in step.stale:
            table.add_row(f"  and what is built from {stale.input}", str(stale.days), f"{stale.input} changed")
    Console().print(table, highlight=False)


def built_line(settings: Settings) -> str:
    """One line that says what is published."""
    built = built_days(settings.published)
    if not built:
        return "No day is built yet."
    number = "1 day" if len(built) == 1 else f"{len(built)} days"
    return f"Built: {Days(min(built), max(built))} ({number}); published in {settings.published}"


def _lines(settings: Settings) -> Iterator[Finding]:
    built = sorted(built_days(settings.published))
    yield Finding("home", str(settings.home))
    yield Finding("chain", settings.resolved_chain.value)
    yield Finding("source", settings.resolved_source.value)
    try:
        # No retries: the user sees that the node does not answer, and can ask again.
        yield from _source_lines(open_source(settings, patient=False), built)
    except SatledgerError as error:
        yield Finding("tip", f"unknown: {error}", wrong=True)
    yield from lake_findings(settings)
    yield Finding("last built day", built[-1].isoformat() if built else "none")
    yield from findings(settings)
    for name, lines in told(settings.lake):
        yield Finding(name, "\n".join(lines))
    for name, path in _places(settings).items():
        yield Finding(f"size of {name}", readable(bytes_of(path)))


def _source_lines(source: Source, built: Collection[date]) -> Iterator[Finding]:
    tip = source.tip()
    last = source.last_complete_day()
    yield Finding("tip", f"block {tip.height:,} {tip.hash}".rstrip())  # the sample chain's tip has no hash
    yield Finding("last complete day", last.isoformat() if last else "none")
    missing = len(set(Days(source.first_day(), last)) - set(built)) if last else 0
    yield Finding("missing days", f"{missing:,}")


def _places(settings: Settings) -> dict[str, Path]:
    return {"lake": settings.lake, "warehouse": settings.warehouse, "published copy": settings.published.parent}
