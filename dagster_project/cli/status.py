"""What ``satledger status`` shows."""

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from dagster_project.chain.manifest import held_days
from dagster_project.chain.sources import Source, open_source
from dagster_project.cli.sizes import bytes_of, readable
from dagster_project.days import Days
from dagster_project.errors import SatledgerError
from dagster_project.inputs.intake import told
from dagster_project.settings import Settings
from dagster_project.warehouse.state import built_days


def show(settings: Settings) -> None:
    """Print the state of the home and of its source; a source that cannot be reached is said to be so."""
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, value in _lines(settings):
        table.add_row(name, value)
    Console().print(table, highlight=False)


def built_line(settings: Settings) -> str:
    """One line that says what is published."""
    built = built_days(settings.published)
    if not built:
        return "No day is built yet."
    return f"Built: {Days(min(built), max(built))} ({len(built)} days); published in {settings.published}"


def _lines(settings: Settings) -> Iterator[tuple[str, str]]:
    built = sorted(built_days(settings.published))
    yield "home", str(settings.home)
    yield "chain", settings.resolved_chain.value
    yield "source", settings.resolved_source.value
    try:
        yield from _source_lines(open_source(settings), built)
    except SatledgerError as error:
        yield "tip", f"unknown: {error}"
    held = held_days(settings.raw)
    yield "raw days", str(Days(held[0], held[-1])) if held else "none"
    yield "last built day", built[-1].isoformat() if built else "none"
    for name, lines in told(settings.lake):
        # An address or a path may hold brackets, which the table would take for markup.
        yield name, escape("\n".join(lines))
    for name, path in _places(settings).items():
        yield f"size of {name}", readable(bytes_of(path))


def _source_lines(source: Source, built: list) -> Iterator[tuple[str, str]]:
    tip = source.tip()
    last = source.last_complete_day()
    yield "tip", f"block {tip.height:,} {tip.hash}"
    yield "last complete day", last.isoformat() if last else "none"
    missing = len(set(Days(source.first_day(), last)) - set(built)) if last else 0
    yield "missing days", f"{missing:,}"


def _places(settings: Settings) -> dict[str, Path]:
    return {"lake": settings.lake, "warehouse": settings.warehouse, "published copy": settings.published}
