"""Whether Spark's tables are DuckDB's on a chain that Bitcoin Core made: a reorganisation, every type of script."""

import json
import tempfile
from datetime import date
from pathlib import Path

import duckdb
from rich.console import Console

from bench.measure import Series, Stopwatch, stopwatch
from bench.nodes import CHAIN, SHARED
from bench.report import Report, Table
from dagster_project.errors import SatledgerError
from dagster_project.settings import Engine, Settings
from dagster_project.warehouse.manifest import public_models
from tests.spark.comparison import differences, export_from_spark
from tests.warehouse.conftest import regtest_lake
from tests.warehouse.harness import Home

FIRST_PART_LAST, SECOND_PART_FIRST = date(2024, 2, 20), date(2024, 2, 10)
ABOUT = """\
The 70 days of `regtest_70_days` with monthly keyframes, built on DuckDB in one go and on Spark in one process in two
parts that overlap, so that some days are written once and others replaced; all invariants are tested on both. Compared
is what Spark itself reads of each public table and view with what DuckDB reads, row for row, doubles bit for bit.

**{equal} of {tables} tables are equal.**"""


def run(console: Console, rounds: int) -> Report:
    """Build and compare, once whatever the rounds: there is nothing random in it."""
    del rounds
    if not CHAIN.is_dir():
        raise SatledgerError("This case needs the regtest chain in ../shared/data.")
    series = [Series("DuckDB, one part"), Series("Spark, first part"), Series("Spark, second part")]
    with tempfile.TemporaryDirectory(prefix="satledger-regtest-") as name:
        on_duckdb = regtest_lake(SHARED, Path(name))
        given = on_duckdb.settings
        on_spark = Home(
            Settings(home=given.home, chain=given.chain, source=given.source, files=given.files, engine=Engine.SPARK)
        )
        on_spark.settings.warehouse.parent.mkdir()
        with console.status("Building on DuckDB"):
            series[0].add(_build(on_duckdb))
        with console.status("Building on Spark"):
            series[1].add(_build(on_spark, last=FIRST_PART_LAST))
            series[2].add(_build(on_spark, first=SECOND_PART_FIRST))
        rows = _compare(on_duckdb, on_spark, Path(name) / "exported")
    about = ABOUT.format(equal=sum(row[-1] == "equal" for row in rows), tables=len(rows))
    return Report("spark_regtest", about, series, tables=[Table("Each table", ("table", "rows", "on Spark"), rows)])


def _build(home: Home, first: date | None = None, last: date | None = None) -> Stopwatch:
    with stopwatch() as watch:
        home.build(first, last, keyframe_period="month")
    return watch


def _compare(on_duckdb: Home, on_spark: Home, folder: Path) -> list[tuple[object, ...]]:
    manifest = json.loads((on_spark.settings.home / "target" / "manifest.json").read_text(encoding="utf-8"))
    names = sorted(public_models(manifest))
    export_from_spark(on_spark.settings, names, folder)
    rows: list[tuple[object, ...]] = []
    with duckdb.connect() as connection:
        connection.execute(f"attach '{on_duckdb.settings.warehouse}' as warehouse (read_only)")
        for name in names:
            table, files = f"warehouse.main.{name}", f"read_parquet('{folder / name}/*.parquet')"
            ((number,),) = connection.execute(f"select count(*) from {table}").fetchall()
            rows.append((name, number, "; ".join(differences(connection, table, files)) or "equal"))
    return rows
