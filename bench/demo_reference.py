"""The whole demo against the reference in plain Python, which knows the definitions and not the SQL."""

import csv
import tempfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
from rich.console import Console

from bench.homes import timed
from bench.measure import Series, stopwatch
from bench.report import Report, Table
from dagster_project.chain.sources import open_source
from dagster_project.lake.next_hour import hour_folder
from dagster_project.settings import Chain, Settings, Source
from tests.reference.compare import compare
from tests.reference.metrics import compute
from tests.reference.parameters import parameters
from tests.reference.raw_days import read_raw_days

ABOUT = """\
The demo, built by the command line: {days} days. The reference in `tests/reference` computes all of it from the blocks
in the lake, from the definitions and not from the SQL. Compared are every balance update, the accounts of each day,
members of the miner groups, transfers of transactions with exchanges, and every value of every metric of btc: values in
native units as text, doubles to a relative 1e-12. A run that finds a difference ends with it and writes no results."""


def run(console: Console, rounds: int) -> Report:
    """Build and compare once, whatever ``rounds`` is, because nothing in it is random."""
    del rounds
    building, computing = Series("the demo by the command line"), Series("the reference")
    with tempfile.TemporaryDirectory(prefix="satledger-demo-") as name:
        settings = Settings(home=Path(name) / "home", chain=Chain.SAMPLE, source=Source.SAMPLE)
        with console.status("Building the demo"):
            building.add(timed(settings.home, "demo"))
        blocks, transactions = read_raw_days(settings.raw, hour_folder(settings))
        with duckdb.connect(settings.published, read_only=True) as connection:
            labels = dict(connection.execute("select address, exchange_code from exchange_addresses").fetchall())
            with console.status("Computing the reference"), stopwatch() as watch:
                result = compute(
                    blocks,
                    transactions,
                    parameters(Chain.SAMPLE),
                    labels,
                    _prices(settings),
                    min_confirmations=0,
                    now=open_source(settings).tip().median_time,
                )
            computing.add(watch)
            differences = compare(connection, result)
        if differences:
            raise AssertionError(f"{len(differences)} differences, such as: " + "; ".join(differences[:10]))
    metrics = {metric for values in result.metrics.values() for metric in values}
    rows = [
        ("blocks", len(blocks)),
        ("transactions", len(transactions)),
        ("metrics of btc", len(metrics)),
        ("values of these", sum(len(values) for values in result.metrics.values())),
        ("transfers", len(result.transfers)),
    ]
    about = ABOUT.format(days=len(result.days))
    return Report("demo_reference", about, [building, computing], tables=[Table("Compared", ("what", "number"), rows)])


def _prices(settings: Settings) -> dict[date, Decimal]:
    """The demo's prices of btc, from the file that it wrote for itself."""
    with (settings.temp / "sample" / "prices" / "prices.csv").open(encoding="utf-8") as file:
        return {
            date.fromisoformat(row["time"][:10]): Decimal(row["PriceUSD"])
            for row in csv.DictReader(file)
            if row["asset"] == "btc"
        }
