"""B6, B7, B8: a large chain of five years in 2 GB of memory, compared with a small one; and a rebuild of a month."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rich.console import Console

from bench.homes import Home, benchmark_home, fresh_copy, whole_seconds
from bench.measure import Series, Stopwatch, peak_memory, stopwatch
from bench.report import Ratio, Report, Table
from dagster_project.days import Days

FIVE_YEARS, FIVE_YEARS_BLOCKS = 1_826, 60
SMALL_DAYS = 730
MEMORY_LIMIT = "2GB"
MONTH = Days(date(2024, 5, 1), date(2024, 5, 31))
ABOUT = """\
A synthetic chain of {large:,} ledger entries on {days:,} days and one of {small:,} on {small_days} days, each built
once from raw Parquet to all metrics and tests, in the parts that the product cuts, with {threads} threads and a memory
limit of {memory}. Then one month of the larger chain, {month}, with {share:.2%} of the entries, is built again, in each
round.

The larger chain was built at {large_speed:,.0f} entries a second, the smaller one at {small_speed:,.0f}."""


@dataclass(frozen=True)
class Built:
    """A build: its results, its time, the time of each node, and the peak memory of a process."""

    home: Home
    watch: Stopwatch
    peak: int
    nodes: dict[str, float]

    @property
    def entries(self) -> int:
        """Ledger entries."""
        return self.home.query("select cast(sum(entries) as bigint) from ledger_days")[0][0]


def run(console: Console, rounds: int, folder: Path, entries: int) -> Report:
    """Build both chains once, because the larger one takes long; rebuild the month in each round."""
    small = _build(folder, benchmark_home(folder, entries // 10, SMALL_DAYS, console), console)
    large = _build(folder, benchmark_home(folder, entries, FIVE_YEARS, console, FIVE_YEARS_BLOCKS), console)
    in_month = large.home.query(
        f"select cast(sum(entries) as bigint) from ledger_days where day between '{MONTH.first}' and '{MONTH.last}'"
    )[0][0]
    share = in_month / large.entries
    month, due = Series(f"the month {MONTH}"), Series("the month's share of the full build")
    months: list[tuple[float, dict[str, float]]] = []
    for _ in range(rounds):
        with console.status(f"Building {MONTH} again"), stopwatch() as watch:
            (nodes,) = large.home.build(MONTH)
        month.add(watch)
        due.add(large.watch.times(share))
        months.append((watch.seconds, nodes))
    whole = _series(f"{large.entries:,} entries", large.watch)
    scaled = _series(
        f"{large.entries:,} entries at the speed of the smaller chain", small.watch, large.entries / small.entries
    )
    series = [whole, _series(f"{small.entries:,} entries", small.watch), month, due, scaled]
    about = ABOUT.format(
        large=large.entries,
        days=FIVE_YEARS,
        small=small.entries,
        small_days=SMALL_DAYS,
        threads=large.home.settings.threads,
        memory=MEMORY_LIMIT,
        month=MONTH,
        share=share,
        large_speed=large.entries / large.watch.seconds,
        small_speed=small.entries / small.watch.seconds,
    )
    ratios = [
        Ratio("B8: entries a second, larger chain / smaller chain", scaled, whole, ">= 0.8"),
        Ratio("B6: a past month again / its share of the full build", month, due, "<= 2"),
    ]
    memory = Table(
        f"B7: most memory of a process with a limit of {MEMORY_LIMIT} (target <= 3 GB)",
        ("build", "GB"),
        [(f"{built.entries:,} entries", built.peak / 1e9) for built in (large, small)],
    )
    return Report(f"scale_{entries}", about, series, ratios, [memory, _where(months, large, share)])


def _build(folder: Path, source: Home, console: Console) -> Built:
    home = fresh_copy(source, folder / f"{source.path.name}-scale").limited(MEMORY_LIMIT)
    with console.status(f"Building {home.path.name}"), stopwatch() as watch, peak_memory() as peak:
        parts = home.build()
    built = Built(home, watch, peak[0], whole_seconds(parts))
    console.print(f"  {built.entries:,} entries in {watch.seconds:.0f} s, at most {built.peak / 1e9:.2f} GB")
    return built


def _where(months: list[tuple[float, dict[str, float]]], whole: Built, share: float) -> Table:
    """The dearest nodes of the quickest month, and what is no node's, beside their share of the full build."""
    seconds, nodes = min(months, key=lambda month: month[0])
    outside = [seconds - sum(nodes.values()), (whole.watch.seconds - sum(whole.nodes.values())) * share]
    rows: list[tuple[object, ...]] = [("starting dbt, and between the nodes", *outside)]
    dearest = sorted(nodes, key=lambda node: -nodes[node])[:12]
    rows += [(node.split(".")[2], nodes[node], whole.nodes[node] * share) for node in dearest]
    return Table("B6: where the month's seconds go", ("node", "the month", "its share of the full build"), rows)


def _series(name: str, watch: Stopwatch, factor: float = 1.0) -> Series:
    series = Series(name)
    series.add(watch.times(factor))
    return series
