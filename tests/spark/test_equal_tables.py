"""Spark's tables are DuckDB's, row for row."""

import json
from datetime import date
from pathlib import Path

import duckdb

from dagster_project.publish.copy import publish
from dagster_project.warehouse.manifest import public_models
from dagster_project.warehouse.spark import Spark
from tests.spark.comparison import differences, export_from_spark
from tests.warehouse.harness import Home

FIRST_PART = date(2024, 2, 20)
SECOND_PART = date(2024, 2, 10)


def test_public_tables_are_equal_on_regtest(regtest_home: Home, on_spark: Home, tmp_path: Path) -> None:
    # In two parts that overlap: some days are written by the first build, some replaced by the second.
    models = ("--exclude-resource-type", "unit_test", "test")
    done = on_spark.dbt("build", *models, last=FIRST_PART, keyframe_period="month")
    assert done.returncode == 0, done.stdout + done.stderr
    on_spark.build(first=SECOND_PART, keyframe_period="month")
    manifest = json.loads((on_spark.settings.home / "target" / "manifest.json").read_text())
    names = list(public_models(manifest))
    assert {"metrics_daily", "balance_updates", "blocks", "transactions", "exchange_transfers"} <= set(names)
    export_from_spark(on_spark.settings, names, tmp_path)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{regtest_home.settings.warehouse}' as warehouse (read_only)")
        found = {
            name: differences(connection, f"warehouse.main.{name}", f"read_parquet('{tmp_path / name}/*.parquet')")
            for name in names
        }
    assert {name: found[name] for name in names if found[name]} == {}


def test_what_spark_wrote_is_published_as_what_duckdb_wrote(regtest_home: Home, on_spark: Home, tmp_path: Path) -> None:
    manifest = json.loads((on_spark.settings.home / "target" / "manifest.json").read_text())
    public = public_models(manifest)
    Spark(on_spark.settings).show(manifest)
    copies = {"duckdb": regtest_home, "spark": on_spark}
    with duckdb.connect() as connection:
        for name, home in copies.items():
            publish(home.settings.warehouse, tmp_path / f"{name}.duckdb", public)
            connection.execute(f"attach '{tmp_path / name}.duckdb' as {name} (read_only)")
        found = {name: differences(connection, f"duckdb.main.{name}", f"spark.main.{name}") for name in public}
        columns, others = (
            connection.execute(
                "select table_name, column_index, column_name, data_type, comment from duckdb_columns() "
                "where database_name = ? order by table_name, column_index",
                [name],
            ).fetchall()
            for name in copies
        )
    assert {name: rows for name, rows in found.items() if rows} == {}
    # Readers get the same file whichever engine built it: same columns in the same order, of the same types.
    assert columns == others
