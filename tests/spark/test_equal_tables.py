"""Spark's tables are DuckDB's, row for row."""

import json
import shutil
from datetime import date
from typing import Any

import duckdb

from dagster_project.publish.state import RECORDS
from dagster_project.warehouse.spark import Spark
from tests.spark.comparison import different_tables
from tests.spark.conftest import LAST_DAY, Built
from tests.warehouse.harness import Home

# With monthly keyframes and derived labels, which the demo's first two months have not.
KEYFRAMES = ("unspent_output_keyframes", "account_keyframes")
TABLES = ("outputs", "inputs", *KEYFRAMES, "label_evidence", "exchange_addresses", "built_days")
MIDDLE = date(2022, 1, 20)
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
        # What tells of publishing itself is of the clock.
        shown = [[row for row in rows if row[0] not in RECORDS] for rows in shown]
        names = {row[0] for row in shown[0]}
        found = different_tables(connection, "duckdb", "spark", names)
    assert {"metrics_daily", "balance_updates", "blocks", "exchange_transfers"} <= names
    assert shown[0] == shown[1]
    assert found == {}


def test_the_first_offender_of_a_broken_invariant_is_asked_of_spark(on_spark: Built) -> None:
    spark = Spark(on_spark.home.settings)
    query = "select day, 'block ' || height as offender from satledger.blocks where height < 3 order by height desc"
    assert spark.first_row(query) == {"day": "2022-01-01", "offender": "block 2"}


def test_days_are_written_again_and_old_keyframes_dropped(on_duckdb: Built, on_spark: Built) -> None:
    # What a killed build may leave: a day's folder that Spark's catalogue does not know.
    outputs = on_spark.home.settings.spark_folder / "satledger.db" / "outputs"
    shutil.copytree(outputs / f"day={LAST_DAY}", outputs / f"day={BEYOND}")
    for built in (on_duckdb, on_spark):
        _write_again(Home(built.home.settings.model_copy(update={"keyframes": 1})))
    Spark(on_spark.home.settings).refresh_views(_manifest(on_spark.home))
    with duckdb.connect() as connection:
        # Both files are called alike, and views name the one that they were made in.
        connection.execute(f"attach '{on_duckdb.home.settings.warehouse}' as other (read_only)")
        connection.execute(f"attach '{on_spark.home.settings.warehouse}' as warehouse (read_only)")
        assert different_tables(connection, "other", "warehouse", TABLES) == {}
        assert connection.execute("select count(*) from other.main.label_evidence").fetchall() > [(0,)]
        for name in KEYFRAMES:
            days = connection.execute(f"select distinct day from other.main.{name}").fetchall()
            assert days == [(date(2022, 2, 28),)]


def _write_again(home: Home) -> None:
    done = home.dbt(
        "build",
        "--select",
        *TABLES,
        "co_spends",
        "derived_labels",
        "--exclude-resource-type",
        "unit_test",
        "test",
        first=MIDDLE,
        last=date.fromisoformat(BEYOND),
        cut_off=True,
        keyframe_period="month",
        expand_labels="true",
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _manifest(home: Home) -> dict[str, Any]:
    return json.loads((home.settings.dbt_target / "manifest.json").read_text())
