"""A whole day, from raw days to served values, on a large chain of five years and on one of a tenth of its size."""

from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from bench.homes import Home, benchmark_home, fresh_copy, spilling, whole_seconds
from bench.measure import Series, Stopwatch, peak_memory, stopwatch
from bench.new_day import FIVE_YEARS, REMAINING
from bench.publish import Published, bytes_by_layer, publish_apart
from bench.report import Ratio, Report, Table
from bench.scale import FIVE_YEARS_BLOCKS
from dagster_project.days import ONE_DAY, Days
from dagster_project.publish.state import reading_published

ABOUT = """\
Two synthetic chains of {days:,} days, one with {large:,} ledger entries and one with {small:,}. All days are built up
to the middle of the last quarter, in the parts that the product cuts, and published, within {memory} of memory and with
{threads} threads. Then the next days are added to both, one in each round: dbt builds and tests all models, the day is
published, and one series is read from the copy. Not in it: what a day costs whatever it holds (`day_cost`, without
dbt), and reading it from a node (`lake`: seconds even for a day of the real chain)."""
SERIES = "select time, value_text from metrics_daily where asset = 'btc' and metric = 'CapRealUSD' order by time"


@dataclass
class Chain:
    """A chain that was built and published up to a day, and the measurements of the days after it.

    Attributes:
        home: its home.
        entries: ledger entries up to the day.
        build: the time of the build.
        peak: most memory of a process of the build, in bytes.
        spilled: most bytes of temporary files of the build.
        first: the first publishing.
        sizes: bytes by layer.
        day: the next day to add.
        models: the times of dbt for each day.
        publishing: the times of publishing each day.
        whole: the times of all of it.
        nodes: seconds by dbt's node, for each day.
        rows: ledger entries of the days.
    """

    home: Home
    entries: int
    build: Stopwatch
    peak: int
    spilled: int
    first: Published
    sizes: dict[str, int]
    day: Days
    models: Series
    publishing: Series
    whole: Series
    nodes: list[dict[str, float]] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)


def run(console: Console, rounds: int, folder: Path, entries: int) -> Report:
    """Build both chains once, because the larger one takes long; then add days in turns."""
    both = small, large = [_prepared(folder, size, console) for size in (entries // 10, entries)]
    for turn in range(rounds):
        for chain in both if turn % 2 == 0 else both[::-1]:
            _add_day(chain, console)
    claims = [
        Ratio("the whole day, large chain / small chain", large.whole, small.whole, "<= 1.3"),
        Ratio("the models of the day, large chain / small chain", large.models, small.models),
        Ratio("publishing the day, large chain / small chain", large.publishing, small.publishing),
    ]
    series = [each for chain in both for each in (chain.whole, chain.models, chain.publishing)]
    tables = [
        Table(
            "The builds before it",
            ("chain", "seconds", "processor seconds", "most GB of memory", "most GB of temporary files"),
            [
                (f"{each.entries:,}", each.build.seconds, each.build.processor, each.peak / 1e9, each.spilled / 1e9)
                for each in both
            ],
        ),
        Table(
            "Publishing them for the first time",
            ("chain", "seconds", "processor seconds", "share of the build", "most GB of memory"),
            [
                (
                    f"{each.entries:,}",
                    each.first.watch.seconds,
                    each.first.watch.processor,
                    each.first.watch.seconds / each.build.seconds,
                    each.first.peak / 1e9,
                )
                for each in both
            ],
        ),
        Table(
            "Bytes on disk an entry",
            ("layer", *(f"{each.entries:,}" for each in both)),
            [(name, *(each.sizes[name] / each.entries for each in both)) for name in large.sizes],
        ),
        Table(
            "Ledger entries of the days",
            ("chain", *map(str, range(1, rounds + 1))),
            [(f"{each.entries:,}", *each.rows) for each in both],
        ),
        _where(small, large),
    ]
    about = ABOUT.format(
        days=FIVE_YEARS,
        large=large.entries,
        small=small.entries,
        memory=large.home.settings.memory_limit,
        threads=large.home.settings.threads,
    )
    return Report(f"whole_day_{entries}", about, series, claims, tables)


def _prepared(folder: Path, entries: int, console: Console) -> Chain:
    source = benchmark_home(folder, entries, FIVE_YEARS, console, FIVE_YEARS_BLOCKS)
    home = fresh_copy(source, folder / f"{source.path.name}-whole-day")
    calendar = home.calendar()
    day = calendar.last - REMAINING
    before = Days(calendar.first, day - ONE_DAY)
    with (
        console.status(f"Building up to {before.last}"),
        stopwatch() as build,
        peak_memory() as peak,
        spilling(home) as spilled,
    ):
        home.build(before)
    ((found,),) = home.query("select cast(sum(entries) as bigint) from ledger_days")
    with console.status("Publishing"):
        first = publish_apart(home, None)
    console.print(
        f"  {found:,} entries: built in {build.seconds:.0f} s, at most {peak[0] / 1e9:.2f} GB of memory and "
        f"{spilled[0] / 1e9:.2f} GB spilled; published in {first.watch.seconds:.0f} s, at most "
        f"{first.peak / 1e9:.2f} GB"
    )
    sizes = bytes_by_layer(home, before)
    models, publishing, whole = (
        Series(f"a day after {found:,} entries{part}") for part in (": models", ": publishing", "")
    )
    return Chain(home, found, build, peak[0], spilled[0], first, sizes, Days(day, day), models, publishing, whole)


def _add_day(chain: Chain, console: Console) -> None:
    with console.status(f"Adding {chain.day}"), stopwatch() as watch:
        (nodes,) = chain.home.build(chain.day)
    published = publish_apart(chain.home, chain.day.first).watch
    with stopwatch() as reading, reading_published(chain.home.settings.published) as connection:
        found = connection.execute(SERIES).fetchall()
    if found[-1][0] != chain.day.last:
        raise RuntimeError(f"{chain.home.path}: {chain.day} is not in the published copy")
    whole = Stopwatch(
        watch.seconds + published.seconds + reading.seconds, watch.processor + published.processor + reading.processor
    )
    for series, time in ((chain.models, watch), (chain.publishing, published), (chain.whole, whole)):
        series.add(time)
    chain.nodes.append(nodes)
    chain.rows.append(chain.home.query(f"select entries from ledger_days where day = date '{chain.day.first}'")[0][0])
    console.print(f"  {chain.day} after {chain.entries:,} entries: {whole.seconds:.1f} s")
    chain.day = Days(chain.day.first + ONE_DAY, chain.day.last + ONE_DAY)


def _where(small: Chain, large: Chain) -> Table:
    """The nodes that took longest on the large chain, by their mean."""
    means = [
        {node: seconds / len(chain.nodes) for node, seconds in whole_seconds(chain.nodes).items()}
        for chain in (large, small)
    ]
    dearest = sorted(means[0], key=lambda node: -means[0][node])[:12]
    rows: list[tuple[object, ...]] = [
        ("starting dbt, and between the nodes", *(_outside(chain) for chain in (small, large)))
    ]
    rows += [(node.split(".")[2], means[1].get(node, 0.0), means[0][node]) for node in dearest]
    return Table("Where the models' seconds go", ("node", "small chain", "large chain"), rows)


def _outside(chain: Chain) -> float:
    """Mean seconds of dbt outside of its nodes."""
    return (sum(chain.models.seconds) - sum(sum(each.values()) for each in chain.nodes)) / len(chain.nodes)
