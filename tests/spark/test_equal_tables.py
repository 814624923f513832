"""Spark's tables are DuckDB's, row for row."""

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.settings import Engine
from dagster_project.warehouse.manifest import public_models
from dagster_project.warehouse.spark import Spark
from tests.spark.comparison import differences, export_from_spark
from tests.spark.conftest import LAST_DAY, Built
from tests.warehouse.harness import Home

# Rewritten with keyframes and derived labels, which the demo's first two months have not: all kinds of tables.
AGAIN = ("outputs", "inputs", "unspent_output_keyframes", "account_keyframes")
LABELS = ("co_spends", "label_evidence", "derived_labels", "exchange_addresses")
KEYFRAMES = ("unspent_output_keyframes", "account_keyframes")
MIDDLE = date(2022, 1, 20)
LAST = date.fromisoformat(LAST_DAY)
BEYOND = "2022-03-02"


def test_both_publish_the_same(on_duckdb: Built, on_spark: Built) -> None:
    with duckdb.connect() as connection:
        shown = []
        for name, built in (("duckdb", on_duckdb), ("spark", on_spark)):
            connection.execute(f"attach '{built.published}' as {name} (read_only)")
            # Readers get the same file whichever engine built it: same columns in the same order, of the same types.
            shown.append(
                connection.execute(
                    "select table_name, column_index, column_name, data_type, comment from duckdb_columns() "
                    "where database_name = ? order by table_name, column_index",
                    [name],
                ).fetchall()
            )
        names = {row[0] for row in shown[0]}
        found = {name: differences(connection, f"duckdb.main.{name}", f"spark.main.{name}") for name in names}
    assert {"metrics_daily", "balance_updates", "blocks", "exchange_transfers"} <= names
    assert shown[0] == shown[1]
    assert {name: rows for name, rows in found.items() if rows} == {}


def test_spark_reads_what_duckdb_reads(on_duckdb: Built, on_spark: Built, tmp_path: Path) -> None:
    names = list(public_models(_manifest(on_spark.home)))
    export_from_spark(on_spark.home.settings, names, tmp_path)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{on_duckdb.home.settings.warehouse}' as warehouse (read_only)")
        found = {
            name: differences(connection, f"warehouse.main.{name}", f"read_parquet('{tmp_path / name}/*.parquet')")
            for name in names
        }
    assert {name: rows for name, rows in found.items() if rows} == {}


def test_the_first_offender_of_a_broken_invariant_is_asked_of_spark(on_spark: Built) -> None:
    spark = Spark(on_spark.home.settings)
    query = "select day, 'block ' || height as offender from satledger.blocks where height < 3 order by height desc"
    assert spark.first_row(query) == {"day": "2022-01-01", "offender": "block 2"}


def test_days_are_written_again(on_duckdb: Built, on_spark: Built) -> None:
    # What a killed build may leave: a day's folder that Spark's catalogue does not know.
    outputs = on_spark.home.settings.spark_folder / "satledger.db" / "outputs"
    shutil.copytree(outputs / f"day={LAST_DAY}", outputs / f"day={BEYOND}")
    for built in (on_duckdb, on_spark):
        _dbt(
            built.home, *AGAIN, *LABELS, last=date.fromisoformat(BEYOND), keyframe_period="month", expand_labels="true"
        )
    assert _different(on_duckdb, on_spark, (*AGAIN, "label_evidence", "exchange_addresses")) == {}
    with duckdb.connect() as connection:
        connection.execute(f"attach '{on_duckdb.home.settings.warehouse}' as warehouse (read_only)")
        assert connection.execute("select count(*) from warehouse.main.label_evidence").fetchall() > [(0,)]


def test_old_keyframes_are_dropped(on_duckdb: Built, on_spark: Built) -> None:
    for built in (on_duckdb, on_spark):
        keeping_one = Home(built.home.settings.model_copy(update={"keyframes": 1}))
        _dbt(keeping_one, "built_days", last=LAST)
    assert _different(on_duckdb, on_spark, KEYFRAMES) == {}
    with duckdb.connect() as connection:
        connection.execute(f"attach '{on_duckdb.home.settings.warehouse}' as warehouse (read_only)")
        for name in KEYFRAMES:
            days = connection.execute(f"select distinct day from warehouse.main.{name}").fetchall()
            assert days == [(date(2022, 2, 28),)]


def _dbt(home: Home, *models: str, last: date, **variables: str) -> None:
    done = home.dbt(
        "build",
        "--select",
        *models,
        "--exclude-resource-type",
        "unit_test",
        "test",
        first=MIDDLE,
        last=last,
        cut_off=True,
        **variables,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _different(on_duckdb: Built, on_spark: Built, names: tuple[str, ...]) -> dict[str, list[str]]:
    """What differs in the two warehouses, by table."""
    Spark(on_spark.home.settings).show(_manifest(on_spark.home))
    with duckdb.connect() as connection:
        # Both files are called alike, and a file's views name it: one is opened as such, the other attached.
        connection.execute(f"attach '{on_duckdb.home.settings.warehouse}' as other (read_only)")
        connection.execute(f"attach '{on_spark.home.settings.warehouse}' as warehouse (read_only)")
        found = {name: differences(connection, f"other.main.{name}", f"warehouse.main.{name}") for name in names}
    return {name: rows for name, rows in found.items() if rows}


def _manifest(home: Home) -> dict[str, Any]:
    folder = "dbt-spark" if home.settings.engine is Engine.SPARK else "dbt"
    return json.loads((home.settings.home / folder / "manifest.json").read_text())
