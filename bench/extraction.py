"""B10: extraction through Dagster, compared with bitcoin-etl's own export of the same heights."""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp

from rich.console import Console

from bench.measure import Series, Stopwatch, alternate, stopwatch
from bench.nodes import CHAINS, Etl, regtest_node
from bench.report import Ratio, Report, Table
from dagster_project.settings import Chain, Settings, Source

WRAPPED, OWN = "satledger: asset raw_days in a Dagster run", "bitcoin-etl: export_blocks_and_transactions"
BARE = "satledger: the same source without Dagster"
ABOUT = """\
The complete days of two regtest chains in a real node on the same machine, read with batch {batch} and {workers}
workers: {sizes}. satledger reads them through the Dagster asset `raw_days` (header triples before and after, export,
all checks, Parquet, fsync, rename, Dagster's events); bitcoin-etl's own command writes the same heights as two JSON
files. All run in one warm process; importing libraries is not counted. Small days show what a day costs whatever it
holds: three Parquet files, their synchronisation, and an event of Dagster."""


def run(console: Console, rounds: int) -> Report:
    """Measure both in turns, on each chain."""
    series: list[Series] = []
    ratios: list[Ratio] = []
    sizes: list[str] = []
    around: list[tuple[object, ...]] = []
    for name, fill in CHAINS.items():
        with regtest_node(fill) as etl:
            (wrapped, own, bare), size = _measure(etl, rounds, console)
        series += [replace(each, name=f"{name}, {each.name}") for each in (wrapped, own, bare)]
        ratios.append(Ratio(f"{name}: raw_days / bitcoin-etl", wrapped, own, "<= 1.1"))
        sizes.append(f"{size} ({name})")
        around.append((name, wrapped.median - bare.median))
    settings = Settings()
    about = ABOUT.format(batch=settings.node_batch, workers=settings.node_workers, sizes=" and ".join(sizes))
    table = Table("Of one run, Dagster around the source", ("chain", "seconds"), around)
    return Report("extraction", about, series, ratios, [table])


def _measure(etl: Etl, rounds: int, console: Console) -> tuple[list[Series], str]:
    os.environ |= {"SATLEDGER_CHAIN": "regtest", "SATLEDGER_SOURCE": "node", "SATLEDGER_NODE_URL": etl.url}
    os.environ |= {"SATLEDGER_MIN_CONFIRMATIONS": "0", "SATLEDGER_HOME": str(etl.folder / "home")}
    settings = Settings(chain=Chain.REGTEST, source=Source.NODE)
    # Once before it counts: libraries are imported late, and Dagster sets up its storage.
    heights, size = _extract(settings)[1:]
    _extract_with_dagster(settings)
    runs = {
        WRAPPED: lambda: _extract_with_dagster(settings),
        OWN: lambda: _export(etl, heights, settings),
        BARE: lambda: _extract(settings)[0],
    }
    return alternate(runs, rounds, console), f"{size:,} transactions in {len(heights):,} blocks"


def _clear(settings: Settings) -> None:
    # Not deleted: ext4 passes over what was deleted a moment ago when it looks for a free inode, one by one, which cost
    # the next run 0.12 of 2.1 seconds and would befall only the side that makes many files.
    if settings.lake.exists():
        settings.lake.rename(Path(mkdtemp(prefix="read-before-", dir=settings.home)) / settings.lake.name)


def _extract_with_dagster(settings: Settings) -> Stopwatch:
    # Imported late: what days there are depends on the chain in the environment.
    import dagster as dg

    from dagster_project.cli.quiet import quiet
    from dagster_project.cli.runs import execute
    from dagster_project.days import Days
    from dagster_project.definitions import defs
    from dagster_project.instance import instance

    _clear(settings)
    first, last = _days(settings)
    with quiet(settings.home / "logs" / "build.log"), instance(settings) as opened, stopwatch() as watch:
        execute(defs, opened, [dg.AssetKey("raw_days")], Days(first, last))
    return watch


def _days(settings: Settings):  # noqa: ANN202 (two dates)
    from dagster_project.chain.sources import open_source

    source = open_source(settings)
    last = source.last_complete_day()
    if last is None:
        raise ValueError("the chain has no complete day")
    return source.first_day(), last


def _extract(settings: Settings) -> tuple[Stopwatch, range, int]:
    """Time of the source alone, the heights that it read and their transactions."""
    from dagster_project.chain.sources import open_source

    _clear(settings)
    first, last = _days(settings)
    with stopwatch() as watch:
        days = [first + timedelta(days=day) for day in range((last - first).days + 1)]
        manifests = list(open_source(settings).extract(days))
    top = max(manifest.last_height for manifest in manifests if manifest.last_height is not None)
    return watch, range(top + 1), sum(manifest.transactions for manifest in manifests)


def _export(etl: Etl, heights: range, settings: Settings) -> Stopwatch:
    from bitcoinetl.cli.export_blocks_and_transactions import export_blocks_and_transactions

    blocks, transactions = etl.folder / "blocks.json", etl.folder / "transactions.json"
    for path in (blocks, transactions):
        path.unlink(missing_ok=True)
    with stopwatch() as watch:
        _command(
            export_blocks_and_transactions,
            *("--start-block", str(heights.start), "--end-block", str(heights.stop - 1), "--provider-uri", etl.url),
            *("--batch-size", str(settings.node_batch), "--max-workers", str(settings.node_workers)),
            *("--blocks-output", str(blocks), "--transactions-output", str(transactions)),
        )
    return watch


def _command(command, *arguments: str) -> None:  # noqa: ANN001 (a click command)
    import logging

    for name in ("ProgressLogger", "CompositeItemExporter", "root"):
        logging.getLogger(name).setLevel(logging.WARNING)
    command.main(arguments, standalone_mode=False)


def transactions_file(folder: Path) -> Path:
    """The path of an export's transactions."""
    return folder / "transactions.json"
