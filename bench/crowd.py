"""A crowd: 200 clients at once while the published copy is replaced again and again. Answers have to be right."""

import csv
import json
import statistics
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import requests
from rich.console import Console

from bench.measure import watching
from bench.report import Report, Table
from bench.serving import DOCUMENT, Server, publish_tables, resident, serving

CLIENTS, SECONDS, BETWEEN_SWAPS = 200, 30, 1.5
DAYS = 400
FORMS = ("json", "json_stream", "csv", "graphql")
# Both metrics that are asked for have one number on all days, which is the copy's version.
NEW_VERSION = "update metrics_daily set value = {number}, value_text = '{number}' where metric in ('BlkCnt', 'TxCnt')"
ABOUT = f"""\
`satledger serve` on a copy with {DAYS} days of every metric of the catalogue. {CLIENTS} clients on the same machine ask
without a pause for all days of two metrics, in turn as {", ".join(FORMS)}, for {SECONDS} seconds
in each round. Meanwhile another version of the copy is published every {BETWEEN_SWAPS} seconds. A version has one
number in all rows that are asked for: an answer is wrong if it has another number of rows, two numbers, or a number
that was replaced before it was asked for. A run in which one request fails or one answer is wrong ends with that error
and writes no results."""


@dataclass
class Seen:
    """What the clients of a round saw, and the memory of the server meanwhile."""

    seconds: list[float] = field(default_factory=list)
    versions: set[int] = field(default_factory=set)
    megabytes: list[float] = field(default_factory=list)


def run(console: Console, rounds: int) -> Report:
    """Let the crowd in for some rounds; see whether memory grows from round to round."""
    rows: list[tuple[object, ...]] = []
    version = 1
    first = NEW_VERSION.format(number=version)
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), first, days=DAYS) as server:
        for number in range(1, rounds + 1):
            begun = version
            seen, version = _round(server, Path(folder), version)
            times = sorted(seen.seconds)
            slow = times[int(len(times) * 0.99)]
            rows.append(
                (
                    number,
                    len(times),
                    version - begun,
                    len(seen.versions),
                    f"{statistics.median(times):.2f}",
                    f"{slow:.2f}",
                    round(statistics.median(seen.megabytes)),
                    round(max(seen.megabytes)),
                )
            )
            console.print(rows[-1], highlight=False)
    header = ("round", "answers, all right", "swaps", "versions seen", "median s", "p99 s", "median MB", "highest MB")
    return Report("crowd", ABOUT, tables=[Table(f"{CLIENTS} clients", header, rows)])


def _round(server: Server, home: Path, version: int) -> tuple[Seen, int]:
    seen, stop = Seen(), threading.Event()
    # The version that surely is in place: answers to later questions may not be older.
    published = [version]

    def client(number: int) -> None:
        with requests.Session() as session:
            for turn in range(number, 1_000_000_000):
                if stop.is_set():
                    return
                oldest, begin = published[0], time.perf_counter()
                found = _ask(server.url, FORMS[turn % len(FORMS)], session)
                seen.seconds.append(time.perf_counter() - begin)
                if found < oldest:
                    raise ValueError(f"version {found} was answered when {oldest} had been served before")
                seen.versions.add(found)

    def look() -> None:
        seen.megabytes.append(resident(server.pid))

    with watching(look, 0.5), ThreadPoolExecutor(CLIENTS) as pool:
        running = [pool.submit(client, number) for number in range(CLIENTS)]
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and not any(each.done() for each in running):
            time.sleep(BETWEEN_SWAPS)
            version += 1
            with duckdb.connect(home / "warehouse.duckdb") as connection:
                connection.execute(NEW_VERSION.format(number=version))
            publish_tables(home)
            with requests.Session() as session:
                published[0] = _ask(server.url, "json", session)
        stop.set()
        for each in running:
            each.result()
    return seen, version


def _ask(url: str, form: str, session: requests.Session) -> int:
    """The version that an answer is of.

    Raises:
        requests.HTTPError: the server refused.
        ValueError: the answer is wrong.
    """
    if form == "graphql":
        answer = session.post(f"{url}/graphql", json={"query": DOCUMENT}, timeout=60)
    else:
        asked = {"assets": "btc", "metrics": "BlkCnt,TxCnt", "page_size": "10000", "format": form}
        answer = session.get(f"{url}/v4/timeseries/asset-metrics", params=asked, timeout=60)
    answer.raise_for_status()
    values = _values(form, answer)
    expected = DAYS if form == "graphql" else 2 * DAYS
    if len(values) != expected or len(set(values)) != 1:
        raise ValueError(f"{form}: {len(values)} values, {sorted(set(values))[:5]}")
    return values[0]


def _values(form: str, answer: requests.Response) -> list[int]:
    if form == "graphql":
        return [int(point["value"]) for point in answer.json()["data"]["getMetric"]["timeseriesDataJson"]]
    if form == "csv":
        rows = list(csv.DictReader(answer.text.splitlines()))
    else:
        rows = answer.json()["data"] if form == "json" else [json.loads(line) for line in answer.text.splitlines()]
    return [int(row[metric]) for row in rows for metric in ("BlkCnt", "TxCnt")]
