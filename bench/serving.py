"""Serving: latency and rate of common calls, compared with the same query in DuckDB; memory over many calls."""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import requests
from rich.console import Console

from bench.measure import Stopwatch, alternate, stopwatch
from bench.report import Ratio, Report, Table
from dagster_project.publish.copy import publish
from dagster_project.settings import SEEDS, Settings
from dagster_project.warehouse.manifest import ensure_manifest, load_manifest, public_models

DAYS = 6_200
CALLS = 300
CLIENTS = 8
MANY_CLIENTS = 12
ENDURANCE = 100_000
# Memory is looked at after each so many requests; each row of the table sums up ten looks.
LOOK = 1_000
ABOUT = f"""\
`satledger serve` on a copy with {DAYS:,} days of every metric of the catalogue, asked over loopback by one client (and
{CLIENTS} at once for the rate). Directly: the same rows by the same query in DuckDB, in a warm process with as many
threads, fetched as Python objects. Answers are not compressed, except where it says so. Processor time is the client's
and the server's together."""

# How often each call comes in the mix whose memory is looked at.
MIX = {
    "json: last 100 rows": 12,
    "reference data of a metric": 4,
    "catalogue of an asset": 1,
    "json_stream: 16 years of one metric": 3,
    "graphql: 16 years of one metric": 2,
    "json: 6,200 rows of a flow, with status": 1,
    "csv: 10,000 rows": 1,
    "json: 10,000 rows, gzip": 1,
}

TABLES = """
create table metric_catalog as
    select * replace (nullif(type, '') as type, nullif(alias_of, '') as alias_of)
    from read_csv('{catalogue}', header = true, all_varchar = true, nullstr = '');
create table metrics_daily as
    select assets.asset, date '2009-01-03' + days.number::integer as time, metrics.id as metric,
        hash(metrics.id, days.number) % 1000000 / 8.0 as value,
        (hash(metrics.id, days.number) % 1000000 / 8.0)::varchar as value_text
    from metric_catalog as metrics, unnest(string_split(metrics.asset_scope, ' ')) as assets (asset),
        range({days}) as days (number)
    order by asset, metric, time;
create table built_days as select date '2009-01-03' + days.number::integer as day from range({days}) as days (number);
create table metric_gaps (asset varchar, time date, metric varchar, reason varchar);
create table label_coverage as
    select distinct exchange, exchange as exchange_name, 1 as labels from metric_catalog where exchange is not null;
create table blocks (asset varchar, day date, height integer, hash varchar, previous_hash varchar, time timestamp,
    median_time timestamp, difficulty double, size bigint, weight bigint, transaction_count integer,
    subsidy bigint, fees bigint);
"""
PAGE = {"assets": "btc,ltc", "metrics": "BlkCnt,DiffMean", "page_size": 10_000, "paging_from": "start"}
DIRECT = """
select asset, time, max(value_text) filter (where metric = 'BlkCnt'), max(value_text) filter (where metric = 'DiffMean')
from metrics_daily
where asset in ('btc', 'ltc') and metric in ('BlkCnt', 'DiffMean') and value_text is not null
group by asset, time
order by asset, time
limit 10000
"""
DOCUMENT = '{getMetric(metric: "BlkCnt"){timeseriesDataJson(slug: "bitcoin", from: "2009-01-01", to: "2025-12-31")}}'


def run(console: Console, rounds: int) -> Report:
    """Measure calls and direct queries in turns, then the rate of each call, then memory."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server:
        connection = duckdb.connect(
            Path(folder) / "published" / "satledger.duckdb", read_only=True, config={"threads": 2}
        )
        calls = _calls(server.url)
        direct = "direct: 10,000 rows"
        runs: dict[str, Callable[[], Stopwatch]] = {
            direct: lambda: timed(server.pid, lambda: connection.execute(DIRECT).fetchall())
        }
        runs |= {name: (lambda call=call: timed(server.pid, call)) for name, call in calls.items()}
        series = {found.name: found for found in alternate(runs, max(rounds, 20), console)}
        claims = [
            Ratio(f"{name} / {direct}", series[name], series[direct], "<= 3")
            for name in ("json: 10,000 rows", "csv: 10,000 rows")
        ]
        rates = [_rate(name, call) for name, call in calls.items()]
        memory = _memory(server, calls, console)
    tables = [
        Table(f"Rate with {CLIENTS} clients", ("call", "requests/s", "median ms", "p99 ms"), rates),
        Table(
            f"Resident memory of the server over {ENDURANCE:,} requests, most of them short, of {MANY_CLIENTS} clients",
            ("requests", "lowest MB", "median MB", "highest MB"),
            memory,
        ),
    ]
    return Report("serving", ABOUT, list(series.values()), claims, tables)


@dataclass(frozen=True)
class Server:
    """A server and its process."""

    url: str
    pid: int


@contextmanager
def serving(home: Path, *further: str, days: int = DAYS) -> Iterator[Server]:
    """A server in its own process, on tables that were made by SQL and published as in a build.

    Args:
        home: the folder for its files.
        further: SQL statements that create more tables in the warehouse.
        days: the number of days with metrics.
    """
    with duckdb.connect(home / "warehouse.duckdb") as connection:
        for statement in (TABLES.format(catalogue=SEEDS / "metric_catalog.csv", days=days), *further):
            connection.execute(statement)
    publish_tables(home)
    command = [sys.executable, "-c", "from dagster_project.cli import main; main()", "serve", "--port", "0"]
    process = subprocess.Popen(
        command, env={**os.environ, "SATLEDGER_HOME": str(home)}, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        found = re.search(r"http://[^ ]*:\d+", line)
        if found is None:
            raise RuntimeError(line + process.stderr.read())
        yield Server(found[0], process.pid)
    finally:
        process.terminate()
        process.wait()


def publish_tables(home: Path) -> None:
    """Publish the public tables of a home's warehouse, as a build does."""
    warehouse = home / "warehouse.duckdb"
    with duckdb.connect(warehouse, read_only=True) as connection:
        made = {name for (name,) in connection.execute("show tables").fetchall()}
    models = public_models(load_manifest(ensure_manifest(Settings())))
    publish(warehouse, home / "published" / "satledger.duckdb", {name: models[name] for name in models if name in made})


def _calls(url: str) -> dict[str, Callable[[], object]]:
    local = threading.local()

    def session() -> requests.Session:
        if not hasattr(local, "session"):
            local.session = requests.Session()
        return local.session

    def get(
        accept: str = "identity", path: str = "timeseries/asset-metrics", **parameters: object
    ) -> Callable[[], object]:
        def call() -> object:
            headers = {"accept-encoding": accept}
            answer = session().get(
                f"{url}/v4/{path}", params={k: str(v) for k, v in parameters.items()}, headers=headers
            )
            answer.raise_for_status()
            return answer.content

        return call

    def ask() -> object:
        answer = session().post(f"{url}/graphql", json={"query": DOCUMENT}, headers={"accept-encoding": "identity"})
        answer.raise_for_status()
        return answer.content

    return {
        "json: 10,000 rows": get(**PAGE),
        "csv: 10,000 rows": get(**PAGE, format="csv"),
        "json: 10,000 rows, gzip": get("gzip", **PAGE),
        "json: 6,200 rows of a flow, with status": get(**PAGE | {"assets": "btc", "metrics": "FlowNetExNtv"}),
        "json: last 100 rows": get(assets="btc", metrics="BlkCnt"),
        "json_stream: 16 years of one metric": get(assets="btc", metrics="BlkCnt", format="json_stream"),
        "graphql: 16 years of one metric": ask,
        "catalogue of an asset": get(path="catalog-v2/asset-metrics", assets="btc"),
        "reference data of a metric": get(path="reference-data/asset-metrics", metrics="BlkCnt"),
    }


def timed(server: int, call: Callable[[], object]) -> Stopwatch:
    """The time of a call; the processor time includes the server's."""
    used = _processor_time(server)
    with stopwatch() as watch:
        call()
    watch.processor += _processor_time(server) - used
    return watch


def _processor_time(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rate(name: str, call: Callable[[], object]) -> tuple[object, ...]:
    def one(_: int) -> float:
        begin = time.perf_counter()
        call()
        return time.perf_counter() - begin

    begin = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        times = sorted(pool.map(one, range(CALLS)))
    rate = CALLS / (time.perf_counter() - begin)
    return name, f"{rate:.0f}", f"{statistics.median(times) * 1e3:.1f}", f"{times[int(CALLS * 0.99)] * 1e3:.1f}"


def _memory(server: Server, calls: Mapping[str, Callable[[], object]], console: Console) -> list[tuple[object, ...]]:
    mix = [calls[name] for name, times in MIX.items() for _ in range(times)]
    found: list[tuple[object, ...]] = [("0", *[resident(server.pid)] * 3)]
    looks: list[float] = []
    with ThreadPoolExecutor(MANY_CLIENTS) as pool:
        for done in range(LOOK, ENDURANCE + 1, LOOK):
            list(pool.map(lambda number: mix[number % len(mix)](), range(LOOK)))
            looks.append(resident(server.pid))
            if done % (10 * LOOK) == 0:
                found.append((f"{done:,}", min(looks), statistics.median(looks), max(looks)))
                console.print(f"{done:,} requests: {min(looks):.0f} to {max(looks):.0f} MB", highlight=False)
                looks.clear()
    return found


def resident(pid: int) -> float:
    """The resident memory of a process in MB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]
