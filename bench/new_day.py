"""B3: one new day after five years, compared with one after one year; all days are equally large."""

import shutil
from datetime import timedelta
from pathlib import Path

from rich.console import Console

from bench.homes import Home, benchmark_home, fresh_copy
from bench.measure import Series, Stopwatch, alternate, stopwatch
from bench.report import Ratio, Report, Table
from dagster_project.days import ONE_DAY, Days

ONE_YEAR, FIVE_YEARS = 365, 1_826
BLOCKS_PER_DAY = 20
# From the measured day to the end of the year: half a quarter.
REMAINING = timedelta(days=45)
ABOUT = """\
Two synthetic chains with {entries:,} ledger entries a year, of one year and of five. All days are built up to the
middle of the last quarter; measured is the day after, each time on a copy of that warehouse: {processes}. (The last day
of a quarter costs more, for it writes the keyframes of all unspent outputs and accounts.) dbt takes the same time to
start whatever the history, so the claim is also made for the models and tests alone."""


def run(console: Console, rounds: int, folder: Path, entries: int) -> Report:
    """Measure both in turns."""
    homes = {days: _built_until(folder, entries * days // ONE_YEAR, days, console) for days in (ONE_YEAR, FIVE_YEARS)}
    nodes: dict[int, list[dict[str, float]]] = {days: [] for days in homes}
    series = alternate(
        {f"new day on {days} days": lambda days=days: _next_day(homes[days], nodes[days]) for days in homes},
        rounds,
        console,
    )
    of_nodes = [Series(f"{each.name}: models and tests alone") for each in series]
    for only, whole, days in zip(of_nodes, series, homes, strict=True):
        only.seconds = [sum(found.values()) for found in nodes[days]]
        only.processor, only.load = only.seconds, whole.load
    ratios = [
        Ratio("five years / one year, dbt as a process", series[1], series[0], "<= 1.10"),
        Ratio("five years / one year, models and tests", of_nodes[1], of_nodes[0], "<= 1.10"),
    ]
    about = ABOUT.format(entries=entries, processes="one call of dbt with all models and tests")
    return Report("new_day", about, [*series, *of_nodes], ratios, [_growing(nodes)])


def _built_until(folder: Path, entries: int, days: int, console: Console) -> Home:
    source = benchmark_home(folder, entries, days, console, BLOCKS_PER_DAY)
    home = fresh_copy(source, folder / f"{source.path.name}-new-day")
    calendar = home.calendar()
    with console.status(f"Building up to {calendar.last - REMAINING - ONE_DAY}"):
        home.build(Days(calendar.first, calendar.last - REMAINING - ONE_DAY))
    shutil.copy(home.settings.warehouse, home.path / "before.duckdb")
    return home


def _next_day(home: Home, nodes: list[dict[str, float]]) -> Stopwatch:
    shutil.copy(home.path / "before.duckdb", home.settings.warehouse)
    day = home.calendar().last - REMAINING
    with stopwatch() as watch:
        (found,) = home.build(Days(day, day))
    nodes.append(found)
    return watch


def _growing(nodes: dict[int, list[dict[str, float]]]) -> Table:
    """The nodes whose time grew most, by their fastest runs."""
    fastest = {days: {node: min(each[node] for each in found) for node in found[0]} for days, found in nodes.items()}
    grown = sorted(fastest[FIVE_YEARS], key=lambda node: fastest[ONE_YEAR].get(node, 0) - fastest[FIVE_YEARS][node])
    rows = [(node.split(".")[2], fastest[ONE_YEAR].get(node, 0.0), fastest[FIVE_YEARS][node]) for node in grown[:10]]
    return Table("What grew most", ("node", "seconds on one year", "seconds on five years"), rows)
