"""What one DuckDB relation has and another has not."""

from collections.abc import Mapping
from multiprocessing import get_context
from pathlib import Path

import duckdb

from dagster_project.settings import Settings

KEY = "txid_key"


def differences(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> list[str]:
    """Compare two relations row for row, by the names of their columns; empty where they are equal.

    Types have to be the same, but for exact integers of 128 bits, which are decimals in Parquet, and for keys of
    transactions, whose 64 bits Spark reads as an integer with a sign.
    """
    types, others = (_types(connection, relation) for relation in (one, other))
    if types != others:
        return [f"columns: {sorted(types.items() ^ others.items())}"]
    columns = ", ".join(f'{_value(name, kind)} as "{name}"' for name, kind in types.items())
    found = []
    for first, second in ((one, other), (other, one)):
        rows = connection.execute(
            f"select {columns} from {first} except all select {columns} from {second} order by all limit 3"
        ).fetchall()
        found += [f"only in {first}: {row}" for row in rows]
    return found


def export_from_spark(settings: Settings, names: list[str], folder: Path) -> None:
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


def _types(connection: duckdb.DuckDBPyConnection, relation: str) -> Mapping[str, str]:
    rows = connection.execute(f"describe from {relation}").fetchall()
    kinds = {name: "HUGEINT" if kind == "DECIMAL(38,0)" else kind for name, kind, *_ in rows}
    return kinds | ({KEY: KEY} if kinds.get(KEY) in {"BIGINT", "UBIGINT"} else {})


def _value(name: str, kind: str) -> str:
    return f"(cast({name} as hugeint) + {2**64}) % {2**64}" if kind == KEY else f'cast("{name}" as {kind})'
