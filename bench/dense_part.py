"""A build at the density of the real chain: a quarter of many inputs and outputs on a large keyframe."""

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from bench.dense_chain import DenseChain
from bench.homes import Home, benchmark_home, fresh_copy, spilling, whole_seconds
from bench.measure import Series, Stopwatch, peak_memory, stopwatch
from bench.report import Report, Table
from dagster_project.cli.sizes import bytes_of
from dagster_project.days import Days, quarters

MEMORY_LIMIT = "4GB"
BLOCKS_PER_DAY = 480  # more than on Bitcoin: blocks vary in size, and none may be heavier than the limit
DAYS = 181  # the first half of 2022
ABOUT = """\
A synthetic chain of two quarters (`bench/dense_chain.py`). In the first one {piled:,} outputs pile up, of which
{keyframe:,} are unspent at its end; the second one has {dense:,} inputs and outputs. Both are built in the parts that
the product cuts, each by one call of dbt with all models and tests, with {threads} threads and a memory limit of
{memory}. Between them the first day of the second quarter is built alone, as a new day on a large keyframe. Recent
quarters of the real chain have some 200 million inputs and outputs, on 180 million unspent outputs.

The second quarter was built at {speed:,.0f} inputs and outputs a second."""


@dataclass(frozen=True)
class Built:
    """A build of some days: what was in them, and what it took.

    Attributes:
        days: the days.
        rows: their inputs and outputs.
        parts: the number of parts.
        watch: time.
        nodes: seconds by dbt's node.
        peak: most bytes of memory of a process.
        spilled: most bytes of temporary files.
    """

    days: Days
    rows: int
    parts: int
    watch: Stopwatch
    nodes: dict[str, float]
    peak: int
    spilled: int

    def series(self) -> Series:
        """Its time, for the report."""
        series = Series(f"{self.days}: {self.rows:,} inputs and outputs in {self.parts} parts")
        series.add(self.watch)
        return series


def run(console: Console, rounds: int, folder: Path, entries: int) -> Report:
    """Build both quarters, once: at full size that takes a good part of an hour."""
    if rounds > 1:
        console.print("  all is built once, whatever --rounds says")
    source = benchmark_home(folder, entries, DAYS, console, BLOCKS_PER_DAY, DenseChain)
    home = fresh_copy(source, folder / f"{source.path.name}-part").limited(MEMORY_LIMIT)
    first, second = quarters(home.calendar())
    builds = [_build(home, days, console) for days in (first, Days(second.first, second.first), second)]
    dense = builds[-1]
    ((unspent,),) = home.query(f"select count(*) from unspent_output_keyframes where day = date '{first.last}'")
    about = ABOUT.format(
        piled=builds[0].rows,
        keyframe=unspent,
        dense=dense.rows,
        threads=home.settings.threads,
        memory=MEMORY_LIMIT,
        speed=dense.rows / dense.watch.seconds,
    )
    dearest = sorted(dense.nodes, key=lambda node: -dense.nodes[node])[:15]
    tables = [
        Table(
            "Memory of the largest process (target: at most 5 GB), and temporary files",
            ("days", "most GB of memory", "most GB of temporary files"),
            [(str(each.days), each.peak / 1e9, each.spilled / 1e9) for each in builds],
        ),
        Table(
            "Where the seconds go",
            ("node", *(str(each.days) for each in builds)),
            [(node.split(".")[2], *(each.nodes.get(node, 0.0) for each in builds)) for node in dearest],
        ),
        Table(
            "Disk",
            ("layer", "GB"),
            [("raw days", bytes_of(home.settings.raw) / 1e9), ("warehouse", bytes_of(home.settings.warehouse) / 1e9)],
        ),
    ]
    return Report(f"dense_part_{entries}", about, [each.series() for each in builds], [], tables)


def _build(home: Home, days: Days, console: Console) -> Built:
    with (
        console.status(f"Building {days}"),
        stopwatch() as watch,
        peak_memory() as peak,
        spilling(home) as spilled,
    ):
        parts = home.build(days)
    rows = sum(each.inputs + each.outputs for each in home.manifests() if days.first <= each.day <= days.last)
    console.print(
        f"  {days}: {rows:,} inputs and outputs in {len(parts)} parts in {watch.seconds:.0f} s, at most "
        f"{peak[0] / 1e9:.2f} GB of memory, {spilled[0] / 1e9:.2f} GB spilled"
    )
    return Built(days, rows, len(parts), watch, whole_seconds(parts), peak[0], spilled[0])
