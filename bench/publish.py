"""Publishing: one more day after five years, compared with one year of equal days; and the first publishing."""

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rich.console import Console

from bench.homes import Home, benchmark_home, fresh_copy
from bench.measure import Series, Stopwatch, stopwatch
from bench.new_day import BLOCKS_PER_DAY, FIVE_YEARS, ONE_YEAR, REMAINING
from bench.report import Ratio, Report, Table
from dagster_project.cli.sizes import bytes_of
from dagster_project.days import ONE_DAY, Days
from dagster_project.lake.staging import own_limits
from dagster_project.publish.copy import publish
from dagster_project.settings import PROJECT_ROOT, Settings, Source
from dagster_project.settings import Chain as Chains
from dagster_project.warehouse.manifest import ensure_manifest, load_manifest, public_models

ABOUT = """\
Two synthetic chains with {entries:,} ledger entries a year, of one year and of five. All days are built up to the
middle of the last quarter and published, within {memory} of memory, in a process of its own; then the day after is
built, and published in each round on what was published before it. Times are of publishing alone, without starting
Python. Bytes written are those of all files that were not there before; the days themselves differ a little, so they
are also given by row of the day."""


@dataclass(frozen=True)
class Published:
    """The measurements of one publishing.

    Attributes:
        watch: its time.
        peak: peak memory of its process, in bytes.
        written: bytes of the new files.
    """

    watch: Stopwatch
    peak: int
    written: int


@dataclass(frozen=True)
class Chain:
    """A chain that was built and published up to a day, and then built for one more day."""

    home: Home
    day: date
    build: Stopwatch
    first: Published
    sizes: dict[str, int]
    entries: int


def run(console: Console, rounds: int, folder: Path, entries: int) -> Report:
    """Measure both in turns; building and publishing for the first time once."""
    chains = {days: _prepared(folder, entries * days // ONE_YEAR, days, console) for days in (ONE_YEAR, FIVE_YEARS)}
    days = {number: Series(f"publishing one more day on {number} days") for number in chains}
    written: dict[int, list[int]] = {number: [] for number in chains}
    for turn in range(rounds):
        for number in list(chains) if turn % 2 == 0 else list(chains)[::-1]:
            found = _next_day(chains[number])
            days[number].add(found.watch)
            written[number].append(found.written)
    large = chains[FIVE_YEARS]
    build, first = Series(f"building {large.entries:,} entries"), Series("publishing them for the first time")
    build.add(large.build)
    first.add(large.first.watch)
    claims = [
        Ratio("one more day, five years / one year", days[FIVE_YEARS], days[ONE_YEAR], "<= 1.10"),
        Ratio("first publishing / the build before it", first, build, "<= 0.35"),
    ]
    rows = [
        (f"{number} days", _rows_of_day(chains[number]), min(sizes), max(sizes)) for number, sizes in written.items()
    ]
    tables = [
        Table("Bytes written for one more day", ("chain", "its ledger entries", "least", "most"), rows),
        Table(
            f"Bytes on disk an entry of {large.entries:,}",
            ("layer", "bytes an entry"),
            [(name, size / large.entries) for name, size in large.sizes.items()],
        ),
        Table("Most memory", ("publishing", "GB"), [("everything", large.first.peak / 1e9)]),
    ]
    about = ABOUT.format(entries=entries, memory=large.home.settings.memory_limit)
    return Report("publish", about, [*days.values(), build, first], claims, tables)


def _prepared(folder: Path, entries: int, days: int, console: Console) -> Chain:
    source = benchmark_home(folder, entries, days, console, BLOCKS_PER_DAY)
    home = fresh_copy(source, folder / f"{source.path.name}-publish")
    calendar = home.calendar()
    day = calendar.last - REMAINING
    with console.status(f"Building up to {day - ONE_DAY}"), stopwatch() as build:
        home.build(Days(calendar.first, day - ONE_DAY))
    (row,) = home.query("select cast(sum(entries) as bigint) from ledger_days")
    with console.status("Publishing"):
        first = publish_apart(home, None)
    sizes = bytes_by_layer(home, Days(calendar.first, day - ONE_DAY))
    console.print(f"  {row[0]:,} entries: built in {build.seconds:.0f} s, published in {first.watch.seconds:.0f} s")
    _copy_linked(home.settings.published.parent, home.path / "published-before")
    home.build(Days(day, day))
    return Chain(home, day, build, first, sizes, row[0])


def _next_day(chain: Chain) -> Published:
    shutil.rmtree(chain.home.settings.published.parent)
    _copy_linked(chain.home.path / "published-before", chain.home.settings.published.parent)
    return publish_apart(chain.home, chain.day)


def _copy_linked(folder: Path, target: Path) -> None:
    # No published file is ever written into.
    shutil.copytree(folder, target, copy_function=os.link)


def _rows_of_day(chain: Chain) -> int:
    return chain.home.query(f"select cast(sum(entries) as bigint) from ledger_days where day = '{chain.day}'")[0][0]


def bytes_by_layer(home: Home, days: Days) -> dict[str, int]:
    """Bytes on disk of a home's raw days, which may be more than are built, its warehouse and its published copy."""
    sizes = {
        "raw days": sum(bytes_of(home.settings.raw / str(each)) for each in days),
        "warehouse": bytes_of(home.settings.warehouse),
        "published": bytes_of(home.settings.published.parent),
    }
    return sizes | {"together": sum(sizes.values())}


def publish_apart(home: Home, day: date | None) -> Published:
    """Publish in a process of its own, after a day was built or for the first time."""
    before = _files(home.settings.published.parent)
    command = [sys.executable, "-m", "bench.publish", str(home.path), *([str(day)] if day else [])]
    done = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    found = json.loads(done.stdout)
    new = _files(home.settings.published.parent) - before
    return Published(Stopwatch(found["seconds"], found["processor"]), found["peak"], sum(size for _, _, size in new))


def _files(folder: Path) -> set[tuple[str, int, int]]:
    """All files below a folder, each with its inode and size."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {(str(path), path.stat().st_ino, path.stat().st_size) for path in paths}


def main(arguments: Sequence[str]) -> None:
    """Publish a home; print seconds, seconds of processor time and peak memory in bytes as JSON."""
    settings = Settings(home=Path(arguments[0]), chain=Chains.SAMPLE, source=Source.SAMPLE)
    day = date.fromisoformat(arguments[1]) if arguments[1:] else None
    models = public_models(load_manifest(ensure_manifest(settings)))
    with own_limits(settings) as config:
        begin, used = time.perf_counter(), time.process_time()
        publish(settings.warehouse, settings.published, models, Days(day, day) if day else None, config=config)
        seconds, processor = time.perf_counter() - begin, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    sys.stdout.write(json.dumps({"seconds": seconds, "processor": processor, "peak": peak}))


if __name__ == "__main__":
    main(sys.argv[1:])
