"""Whether Spark and DuckDB build equal tables, on two whole chains: the demo, and one made by Bitcoin Core."""

import json
import tempfile
from collections.abc import Sequence
from datetime import date
from multiprocessing import get_context
from pathlib import Path

import duckdb
from rich.console import Console

from bench.homes import timed
from bench.measure import Series, Stopwatch, stopwatch
from bench.nodes import CHAIN
from bench.report import Report, Table
from dagster_project.errors import SatledgerError
from dagster_project.settings import Chain, Engine, Settings, Source
from dagster_project.warehouse.manifest import public_models
from tests.spark.comparison import differences
from tests.warehouse.conftest import regtest_lake
from tests.warehouse.harness import Home

FIRST_PART_LAST, SECOND_PART_FIRST = date(2024, 2, 20), date(2024, 2, 10)
ABOUT = """\
Both chains, built on DuckDB and on Spark in one process, all invariants tested on both: the demo by the command line,
and 70 days of `regtest_70_days` (a reorganisation, every type of script) by dbt with monthly keyframes, on Spark in two
parts that overlap, so that some days are written once and others replaced. Compared is what Spark itself reads of each
public table and view with what DuckDB reads, row for row, doubles bit for bit.

**{equal} of {tables} tables are equal.**"""

Row = tuple[object, ...]


def run(console: Console, rounds: int) -> Report:
    """Build and compare once, whatever ``rounds`` is, because nothing in it is random."""
    del rounds
    if not CHAIN.is_dir():
        raise SatledgerError("This case needs the regtest chain in ../shared/data.")
    demo, demo_series = _demo(console)
    regtest, regtest_series = _regtest(console)
    rows = [*demo, *regtest]
    about = ABOUT.format(equal=sum(row[-1] == "equal" for row in rows), tables=len(rows))
    table = Table("Each table", ("chain", "table", "rows", "on Spark"), rows)
    return Report("spark_equal", about, [*demo_series, *regtest_series], tables=[table])


def _demo(console: Console) -> tuple[list[Row], Sequence[Series]]:
    series = [Series("the demo on DuckDB"), Series("the demo on Spark")]
    with tempfile.TemporaryDirectory(prefix="satledger-demo-") as name:
        home = Path(name) / "home"
        on_duckdb, on_spark = (
            Settings(home=home, chain=Chain.SAMPLE, source=Source.SAMPLE, engine=engine)
            for engine in (Engine.DUCKDB, Engine.SPARK)
        )
        for each, given in zip(series, (on_duckdb, on_spark), strict=True):
            with console.status(f"Building {each.name}"):
                each.add(timed(home, "demo", SATLEDGER_ENGINE=given.engine.value))
        manifest = on_spark.dbt_target / "manifest.json"
        rows = _compare("demo", on_duckdb, on_spark, manifest, Path(name) / "exported")
    return rows, series


def _regtest(console: Console) -> tuple[list[Row], Sequence[Series]]:
    series = [Series("regtest on DuckDB"), Series("regtest on Spark, 1st part"), Series("regtest on Spark, 2nd part")]
    with tempfile.TemporaryDirectory(prefix="satledger-regtest-") as name:
        on_duckdb = regtest_lake(CHAIN, Path(name))
        given = on_duckdb.settings
        on_spark = Home(
            Settings(home=given.home, chain=given.chain, source=given.source, files=given.files, engine=Engine.SPARK)
        )
        on_spark.settings.warehouse.parent.mkdir()
        with console.status("Building regtest on DuckDB"):
            series[0].add(_build(on_duckdb))
        with console.status("Building regtest on Spark"):
            series[1].add(_build(on_spark, last=FIRST_PART_LAST))
            series[2].add(_build(on_spark, first=SECOND_PART_FIRST))
        manifest = given.home / "target" / "manifest.json"
        rows = _compare("regtest", given, on_spark.settings, manifest, Path(name) / "exported")
    return rows, series


def _build(home: Home, first: date | None = None, last: date | None = None) -> Stopwatch:
    with stopwatch() as watch:
        home.build(first, last, keyframe_period="month")
    return watch


def _compare(chain: str, on_duckdb: Settings, on_spark: Settings, manifest: Path, folder: Path) -> list[Row]:
    names = sorted(public_models(json.loads(manifest.read_text(encoding="utf-8"))))
    _export_from_spark(on_spark, names, folder)
    rows: list[Row] = []
    with duckdb.connect() as connection:
        connection.execute(f"attach '{on_duckdb.warehouse}' as warehouse (read_only)")
        for name in names:
            table, files = f"warehouse.main.{name}", f"read_parquet('{folder / name}/*.parquet')"
            ((number,),) = connection.execute(f"select count(*) from {table}").fetchall()
            rows.append((chain, name, number, "; ".join(differences(connection, table, files)) or "equal"))
    return rows


def _export_from_spark(settings: Settings, names: list[str], folder: Path) -> None:
    """Have Spark itself read tables and views, and write what it finds as Parquet, a folder each.

    In a process of its own: Java lives as long as the process that started it, and keeps others from the catalogue.
    """
    process = get_context("spawn").Process(target=_export, args=(settings, names, folder))
    process.start()
    process.join()
    assert process.exitcode == 0


def _export(settings: Settings, names: list[str], folder: Path) -> None:
    from pyspark.sql import SparkSession

    catalogue = f"jdbc:derby:;databaseName={settings.spark_folder}/catalogue"
    builder = SparkSession.Builder().master("local[2]").appName("export").enableHiveSupport()
    for name, value in {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        "spark.local.dir": str(settings.temp),
        "spark.sql.warehouse.dir": str(settings.spark_folder),
        "spark.sql.session.timeZone": "UTC",
        "spark.hadoop.javax.jdo.option.ConnectionURL": catalogue,
        "spark.driver.extraJavaOptions": f"-Dderby.stream.error.file={settings.temp}/derby.log",
    }.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    try:
        for name in names:
            session.table(f"satledger.{name}").coalesce(1).write.parquet(str(folder / name))
    finally:
        session.stop()
