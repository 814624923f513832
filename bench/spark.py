"""A full build by DuckDB, by Spark in one process, and by two Spark workers of which one is then killed."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from rich.console import Console

from bench.homes import Home, benchmark_home, fresh_copy, whole_seconds
from bench.measure import Stopwatch, alternate, processes_below, stopwatch, watching
from bench.report import Ratio, Report, Table
from bench.spark_cluster import Cluster
from dagster_project.publish.copy import publish
from dagster_project.settings import Engine, Settings
from dagster_project.warehouse.dbt_run import environment
from dagster_project.warehouse.manifest import ensure_manifest, load_manifest, public_models
from dagster_project.warehouse.spark import Spark
from tests.spark.comparison import different_tables

DUCKDB, SESSION = "DuckDB", "Spark, one process with two cores"
WORKERS, KILLED = "Spark, two workers of one core", "the same, one worker killed in the middle"
# Entries a day, in place of 14,000 as elsewhere: a day of the real chain has a million and more, and what a day costs
# Spark whatever it holds would hide what an entry costs.
ENTRIES_A_DAY = 167_000
# By then half of the ledger is written.
KILLED_AT = "START sql incremental model satledger.account_states"
ABOUT = """\
A synthetic chain of {entries:,} ledger entries on {days} days. Each builds all models and runs all tests from the same
lake into an empty warehouse, by dbt as the product does. The cluster is a master and two workers on loopback of the
same machine, its driver the process of dbt. Processor time includes that of all Java processes. After each build on
Spark its public tables were compared with DuckDB's, row for row: {found}."""


def run(console: Console, rounds: int, folder: Path, entries: int) -> Report:
    """Measure all in turns."""
    source = benchmark_home(folder, entries, max(entries // ENTRIES_A_DAY, 30), console)
    built = fresh_copy(source, folder / f"{source.path.name}-duckdb")
    found: dict[str, dict[str, list[str]]] = {}
    nodes: dict[str, dict[str, float]] = {}

    def on_duckdb() -> Stopwatch:
        nonlocal built
        built = fresh_copy(source, folder / f"{source.path.name}-duckdb")
        with stopwatch() as watch:
            nodes[DUCKDB] = whole_seconds(built.build())
        return watch

    def on_spark(name: str, cluster: Cluster | None, kill: bool = False) -> Stopwatch:
        home = _spark_home(fresh_copy(source, folder / f"{source.path.name}-spark"), cluster)
        killer = threading.Thread(target=_kill_worker, args=(home, cluster)) if cluster and kill else None
        with environment(cluster.environment if cluster else {}), stopwatch() as watch, _java_time() as java:
            if killer:
                killer.start()
            nodes[name] = whole_seconds(home.build())
            if killer:
                killer.join()
        watch.processor += java()
        found[name] = _differences(built, home)
        return watch

    def on_workers(name: str, kill: bool) -> Stopwatch:
        with Cluster(folder / "cluster") as cluster:
            return on_spark(name, cluster, kill)

    series = alternate(
        {
            DUCKDB: on_duckdb,
            SESSION: lambda: on_spark(SESSION, None),
            WORKERS: lambda: on_workers(WORKERS, kill=False),
            KILLED: lambda: on_workers(KILLED, kill=True),
        },
        rounds,
        console,
    )
    ((number,),) = built.query("select count(*) from ledger_entries")
    unequal = {name: tables for name, tables in found.items() if tables}
    about = ABOUT.format(entries=number, days=len(source.calendar()), found=unequal or "all equal")
    pairs = [Ratio(f"{each.name} / {DUCKDB}", each, series[0]) for each in series[1:]]
    return Report(f"spark_{entries}", about, series, pairs, [_nodes(nodes)])


def _spark_home(home: Home, cluster: Cluster | None) -> Home:
    settings = home.settings
    spark = Settings(
        home=settings.home,
        chain=settings.chain,
        source=settings.source,
        engine=Engine.SPARK,
        spark_master=cluster.master if cluster else None,
    )
    spark.warehouse.parent.mkdir(parents=True, exist_ok=True)
    return Home(spark)


def _kill_worker(home: Home, cluster: Cluster) -> None:
    log = home.path / "logs" / "dbt.log"
    while not (log.is_file() and KILLED_AT in log.read_text(errors="replace")):
        time.sleep(0.2)
    time.sleep(1)
    cluster.kill_worker()


@contextmanager
def _java_time(interval: float = 0.5) -> Iterator[Callable[[], float]]:
    """Seconds of processor time that Java uses in the block: nobody waits for its processes, so none is told of it."""
    ticks: dict[int, tuple[int, int]] = {}

    def look() -> None:
        for pid in processes_below(os.getpid()):
            used = _java_ticks(pid)
            if used is not None:
                ticks[pid] = (ticks.get(pid, (used, 0))[0], used)

    with watching(look, interval):
        yield lambda: sum(last - first for first, last in ticks.values()) / os.sysconf("SC_CLK_TCK")


def _java_ticks(pid: int) -> int | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except OSError:
        return None
    name, _, fields = text.partition("(")[2].rpartition(")")
    user, system = fields.split()[11:13]
    return int(user) + int(system) if name == "java" else None


def _differences(built: Home, home: Home) -> dict[str, list[str]]:
    manifest = load_manifest(ensure_manifest(home.settings))
    Spark(home.settings).refresh_views(manifest)
    public = public_models(manifest)
    # Views name the database that they were made in, and both are called alike: one of them as tables.
    copy = home.path / "shown.duckdb"
    publish(home.settings.warehouse, copy, public)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{built.settings.warehouse}' as warehouse (read_only)")
        connection.execute(f"attach '{copy}' as shown (read_only)")
        return different_tables(connection, "warehouse", "shown", public)


def _nodes(nodes: dict[str, dict[str, float]]) -> Table:
    dearest = sorted(nodes[SESSION].items(), key=lambda item: -item[1])[:15]
    rows = [(node.split(".")[2], *(nodes[name].get(node, 0.0) for name in nodes)) for node, _ in dearest]
    return Table("Seconds of the dearest nodes", ("node", *nodes), rows)
