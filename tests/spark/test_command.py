"""The command line on Spark, as a user runs it."""

import shutil
import subprocess
from pathlib import Path

import duckdb

from tests.cli.command import LAST_DAY, SATLEDGER, environment
from tests.spark.comparison import differences


def test_a_home_built_on_spark_publishes_what_duckdb_published(tmp_path: Path) -> None:
    home, before = tmp_path / "home", tmp_path / "duckdb.duckdb"
    published = home / "published" / "satledger.duckdb"
    _build(home, "duckdb", "--chain", "sample", "--source", "sample", "--to", LAST_DAY)
    shutil.copyfile(published, before)
    _build(home, "spark", "--to", LAST_DAY)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{before}' as duckdb (read_only)")
        connection.execute(f"attach '{published}' as spark (read_only)")
        tables, others = (
            connection.execute(
                "select table_name, comment from duckdb_tables() where database_name = ? order by 1", [name]
            ).fetchall()
            for name in ("duckdb", "spark")
        )
        found = [
            row for name, _ in tables for row in differences(connection, f"duckdb.main.{name}", f"spark.main.{name}")
        ]
    assert tables
    assert tables == others
    assert found == []


def _build(home: Path, engine: str, *options: str) -> None:
    done = subprocess.run(
        [SATLEDGER, "build", *options],
        env=environment(SATLEDGER_HOME=str(home), SATLEDGER_ENGINE=engine),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
