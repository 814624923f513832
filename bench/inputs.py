"""B11: resolving the inputs of a chain in SQL, compared with bitcoin-etl's enrich_transactions."""

import logging
from dataclasses import replace
from datetime import timedelta

from rich.console import Console

from bench.homes import Home, node_seconds
from bench.measure import Series, Stopwatch, alternate, stopwatch
from bench.nodes import CHAINS, Etl, regtest_node
from bench.report import Ratio, Report
from dagster_project.chain.sources import open_source
from dagster_project.settings import Chain, Settings, Source

SELECT = ("+inputs",)
MODELS = ("model.satledger.user_accounts", "model.satledger.outputs", "model.satledger.inputs")
ETL, SQL = "bitcoin-etl: enrich_transactions", "satledger: the three models, as dbt times them"
PROCESS = "satledger: dbt from its start to its end, all upstream of inputs"
ABOUT = """\
Two regtest chains: {sizes}. bitcoin-etl asks a node with a transaction index
on the same machine, batch {batch}, {workers} workers, and writes the transactions anew. satledger reads its raw Parquet
and writes `user_accounts`, `outputs` and `inputs` into an empty warehouse, with {threads} threads. On
a chain of this size dbt takes longer to start than the models take to run, so both times are given."""


def run(console: Console, rounds: int) -> Report:
    """Measure both in turns, on each chain."""
    series: list[Series] = []
    ratios: list[Ratio] = []
    sizes: list[str] = []
    settings = Settings()
    for name, fill in CHAINS.items():
        with regtest_node(fill, "-txindex=1") as etl:
            (enriched, resolved, process), size = _measure(etl, rounds, console)
        series += [replace(each, name=f"{name}, {each.name}") for each in (enriched, resolved, process)]
        ratios.append(Ratio(f"{name}: enrich_transactions / the three models", enriched, resolved, ">= 50"))
        ratios.append(Ratio(f"{name}: enrich_transactions / the whole dbt process", enriched, process))
        sizes.append(f"{size} ({name})")
    about = ABOUT.format(
        sizes=" and ".join(sizes), batch=settings.node_batch, workers=settings.node_workers, threads=settings.threads
    )
    return Report("inputs", about, series, ratios)


def _measure(etl: Etl, rounds: int, console: Console) -> tuple[list[Series], str]:
    settings = Settings(
        home=etl.folder / "home",
        chain=Chain.REGTEST,
        source=Source.NODE,
        node_url=etl.url,  # pyright: ignore[reportArgumentType] (pydantic makes it a secret)
        min_confirmations=0,
    )
    home = Home(settings)
    manifests = _extract(settings)
    _export(etl, max(manifest.last_height or 0 for manifest in manifests), settings)
    processes: list[Stopwatch] = []
    runs = {ETL: lambda: _enrich(etl, settings), SQL: lambda: _resolve(home, processes)}
    process = Series(PROCESS)
    series = alternate(runs, rounds, console)
    for watch in processes:
        process.add(watch)
    inputs, transactions = (sum(getattr(each, kind) for each in manifests) for kind in ("inputs", "transactions"))
    return [*series, process], f"{inputs:,} inputs of {transactions:,} transactions"


def _extract(settings: Settings):  # noqa: ANN202 (manifests)
    source = open_source(settings)
    first, last = source.first_day(), source.last_complete_day()
    if last is None:
        raise ValueError("the chain has no complete day")
    return list(source.extract([first + timedelta(days=day) for day in range((last - first).days + 1)]))


def _resolve(home: Home, processes: list[Stopwatch]) -> Stopwatch:
    """Build the models in an empty warehouse; their own time is returned, that of the process noted."""
    for path in (home.settings.warehouse, home.settings.warehouse.with_suffix(".duckdb.wal")):
        path.unlink(missing_ok=True)
    with stopwatch() as watch:
        nodes = node_seconds(home.dbt("build", "--select", *SELECT, "--exclude-resource-type", "test", "unit_test"))
    processes.append(watch)
    # dbt runs one model after the other; what of the process's time is theirs is taken for processor time too.
    own = sum(nodes[model] for model in MODELS)
    return Stopwatch(own, own * watch.processor / watch.seconds)


def _export(etl: Etl, last: int, settings: Settings) -> None:
    from bitcoinetl.cli.export_blocks_and_transactions import export_blocks_and_transactions as command

    command.main(
        [
            *("--end-block", str(last), "--provider-uri", etl.url, "--batch-size", str(settings.node_batch)),
            *("--transactions-output", str(etl.folder / "transactions.json")),
        ],
        standalone_mode=False,
    )


def _enrich(etl: Etl, settings: Settings) -> Stopwatch:
    from bitcoinetl.cli.enrich_transactions import enrich_transactions as command

    logging.getLogger("ProgressLogger").setLevel(logging.WARNING)
    given, made = etl.folder / "transactions.json", etl.folder / "enriched.json"
    made.unlink(missing_ok=True)
    with stopwatch() as watch:
        command.main(
            [
                *("--provider-uri", etl.url, "--batch-size", str(settings.node_batch)),
                *("--max-workers", str(settings.node_workers)),
                *("--transactions-input", str(given), "--transactions-output", str(made)),
            ],
            standalone_mode=False,
        )
    if sum(1 for _ in made.open()) != sum(1 for _ in given.open()):
        raise RuntimeError("enrich_transactions lost transactions")
    return watch
