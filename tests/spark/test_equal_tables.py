"""Spark's tables are DuckDB's, row for row."""

import json
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.publish.copy import publish
from dagster_project.warehouse.manifest import public_models
from dagster_project.warehouse.spark import Spark
from tests.spark.comparison import differences, export_from_spark
from tests.warehouse.harness import Home


def test_public_tables_are_equal_on_regtest(regtest_home: Home, on_spark: Home, tmp_path: Path) -> None:
    manifest = _manifest(on_spark)
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
    manifest = _manifest(on_spark)
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


def test_the_first_offender_of_a_broken_invariant_is_asked_of_spark(on_spark: Home) -> None:
    spark = Spark(on_spark.settings)
    query = "select day, 'block ' || height as offender from satledger.blocks where height < 3 order by height desc"
    assert spark.first_row(query) == {"day": "2024-01-20", "offender": "block 2"}


def _manifest(home: Home) -> dict[str, Any]:
    return json.loads((home.settings.home / "target" / "manifest.json").read_text())
