"""B1, B2, B12: a full build, from raw Parquet to all metrics, compared with a plain copy of the same raw data.

With ``BENCH_BEFORE``, the folder of another checkout with an environment of its own (``uv sync``), the same lake is
built by that one too, in turns.
"""

import os
import subprocess
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import duckdb
from rich.console import Console

from bench.homes import Home, benchmark_home, fresh_copy, whole_seconds
from bench.measure import Series, Stopwatch, alternate, stopwatch
from bench.report import Ratio, Report, Table, commit_of

# Of 144 blocks each: the sample chain has a subsidy for 833 such days.
DAYS, DEFAULT_DAYS = {1_000_000: 365}, 730
SHOWN = 10
BUILD, COPY, SCAN = (
    "full build: dbt with all models and tests",
    "DuckDB copies the raw Parquet, zstd",
    "all models only",
)
# Run in the other checkout.
_BUILD = """
import sys
from pathlib import Path
from bench.homes import Home
from dagster_project.settings import Chain, Settings, Source
Home(Settings(home=Path(sys.argv[1]), chain=Chain.SAMPLE, source=Source.SAMPLE)).build()
"""
ABOUT = """\
A synthetic chain of {entries:,} ledger entries on {days} days of 144 blocks, {raw:.0f} MB of raw Parquet. The
build runs dbt as the product does (all models, all tests, in the same parts, a process each), from a lake and an empty
warehouse; the copy reads the same files and writes them back as Parquet with zstd. Both with {threads} threads and
{memory}.

A build of {seconds:.1f} s is {speed:,.0f} ledger entries a second."""


def run(console: Console, rounds: int, folder: Path, entries: int) -> Report:
    """Measure both in turns, and profile the build."""
    source = benchmark_home(folder, entries, DAYS.get(entries, DEFAULT_DAYS), console)
    profiles: list[dict[str, float]] = []
    home = source

    def build() -> Stopwatch:
        nonlocal home
        home = fresh_copy(source, folder / f"{source.path.name}-build")
        with stopwatch() as watch:
            profiles.append(whole_seconds(home.build()))
        return watch

    runs = {BUILD: build, COPY: lambda: copy_raw(source)}
    if before := os.environ.get("BENCH_BEFORE"):
        checkout = Path(before).resolve()
        runs[f"full build by {commit_of(checkout)}"] = lambda: _build_by(checkout, source, folder)
    built, copied, *others = alternate(runs, rounds, console)
    ((found,),) = home.query("select count(*) from balance_updates")
    about = ABOUT.format(
        entries=found,
        days=len(source.calendar()),
        raw=_raw_bytes(source) / 1e6,
        threads=source.settings.threads,
        memory=source.settings.memory_limit,
        seconds=built.median,
        speed=found / built.median,
    )
    ratios = [Ratio("build / copy", built, copied, "<= 8, stretch 5")]
    ratios += [Ratio(f"build / {other.name}", built, other) for other in others]
    tables = [*profile_tables(profiles[-1], built), _disk(home, found), _rows(home)]
    return Report(f"build_{entries}", about, [built, copied, *others], ratios, tables)


def _build_by(checkout: Path, source: Home, folder: Path) -> Stopwatch:
    home = fresh_copy(source, folder / f"{source.path.name}-build-before")
    command = [str(checkout / ".venv" / "bin" / "python"), "-c", _BUILD, str(home.path)]
    with stopwatch() as watch:
        done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return watch


def copy_raw(home: Home) -> Stopwatch:
    """Read all raw files of a home and write them to one file for each kind."""
    target = home.path / "copy"
    target.mkdir(exist_ok=True)
    config = {"memory_limit": home.settings.memory_limit, "threads": home.settings.threads}
    with stopwatch() as watch, duckdb.connect(config=config) as connection:
        connection.execute("set preserve_insertion_order = false")
        for name in ("blocks", "transactions", "inputs", "outputs"):
            connection.execute(
                f"copy (from read_parquet('{home.settings.raw}/*/{name}.parquet')) "
                f"to '{target / name}.parquet' (format parquet, compression zstd)"
            )
    return watch


def profile_tables(nodes: Mapping[str, float], built: Series) -> list[Table]:
    """The time of one build: models, tests and the rest, then the slowest nodes."""
    kinds: dict[str, float] = defaultdict(float)
    for node, seconds in nodes.items():
        kinds[node.split(".")[0]] += seconds
    total = built.seconds[-1]
    rest = total - sum(nodes.values())
    whole = [*sorted(kinds.items(), key=lambda item: -item[1]), ("dbt itself and starting it", rest)]
    dearest = sorted(nodes.items(), key=lambda item: -item[1])
    shares = [
        Table("Where the last build's time went", ("part", "seconds", "share"), [(k, s, s / total) for k, s in whole])
    ]
    for kind in ("model", "test"):
        rows = [(n.split(".")[2], s, s / total) for n, s in dearest if n.startswith(f"{kind}.")][:SHOWN]
        shares.append(Table(f"The {SHOWN} dearest {kind}s", (kind, "seconds", "share of the build"), rows))
    return shares


def _raw_bytes(home: Home) -> int:
    return sum(path.stat().st_size for path in home.settings.raw.glob("*/*.parquet"))


def _disk(home: Home, entries: int) -> Table:
    used, raw = home.settings.warehouse.stat().st_size, _raw_bytes(home)
    rows = [
        ("raw Parquet, zstd", raw, raw / entries),
        ("warehouse", used, used / entries),
        ("warehouse / raw (target <= 1.2)", used / raw, ""),
    ]
    return Table("Disk", ("", "bytes", "bytes a ledger entry"), rows)


def _rows(home: Home) -> Table:
    rows = home.query("select table_name, estimated_size from duckdb_tables() order by estimated_size desc limit 12")
    with home.warehouse() as connection:
        blocks = {
            table: connection.execute(
                f"select count(distinct block_id) * 262144 from pragma_storage_info('{table}') where block_id >= 0"
            ).fetchall()[0][0]
            for table, _ in rows
        }
    return Table(
        "The largest tables", ("table", "rows", "bytes"), [(table, size, blocks[table]) for table, size in rows]
    )
