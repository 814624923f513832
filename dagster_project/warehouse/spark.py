"""Spark: its tables are folders of Parquet files, which the rest of satledger reads through a DuckDB file.

The DuckDB file has a view for each table. dbt creates the views of the dbt project in it as well, in DuckDB's SQL: they
read the same tables by the same names.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.database import connect, explained
from dagster_project.days import Days
from dagster_project.errors import SatledgerError
from dagster_project.lake.staging import quoted
from dagster_project.settings import Engine, Settings
from dagster_project.warehouse.dbt_arguments import call_dbt
from dagster_project.warehouse.selection import STORED

# dbt-spark's schema (dbt/profiles.yml), as Spark names its folder.
_SCHEMA = "satledger.db"
_MATERIALIZED = {*STORED, "seed"}


class Spark:
    """dbt makes Spark write Parquet; the warehouse is a DuckDB file of views on these files."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def prepare(self, manifest: Mapping[str, Any]) -> None:
        """Refuse to start without Spark, and create the views on the existing tables.

        Raises:
            SatledgerError: dbt-spark, PySpark or Java is missing; the message says what to do.
        """
        if missing := missing_for_spark(self.settings):
            raise SatledgerError(missing)
        self.settings.warehouse.parent.mkdir(parents=True, exist_ok=True)
        self.settings.temp.mkdir(parents=True, exist_ok=True)
        self._show_tables(manifest)

    def unmark_days(self, connection: duckdb.DuckDBPyConnection, days: Days) -> None:
        """Remove the folders of these days from ``built_days``."""
        table = self._tables / "built_days"
        for folder in table.glob("day=*"):
            if str(days.first) <= folder.name.removeprefix("day=") <= str(days.last):
                shutil.rmtree(folder)
        if table.is_dir() and not any(table.glob("day=*")):
            # The view on it would fail without any folder.
            connection.execute("drop view if exists built_days")

    def refresh_views(self, manifest: Mapping[str, Any]) -> None:
        """Create the views on the tables, and the views of the project, anew.

        Raises:
            SatledgerError: dbt cannot create the views.
        """
        self._show_tables(manifest)
        done = self._dbt("run", "--select", "config.materialized:view", engine=Engine.DUCKDB)
        if done.returncode:
            raise SatledgerError(f"The views on Spark's tables cannot be made: {_one_line(done.stdout + done.stderr)}")

    def first_row(self, query: str) -> Mapping[str, object]:
        """Run the query on Spark, through dbt.

        Raises:
            SatledgerError: the query fails.
        """
        done = self._dbt("show", "--inline", query, "--limit", "1", "--output", "json", engine=Engine.SPARK)
        start = done.stdout.find("{")
        if done.returncode or start < 0:
            raise SatledgerError(f"Spark cannot run the query of a check: {_one_line(done.stdout + done.stderr)}")
        rows = json.loads(done.stdout[start:])["show"]
        return rows[0] if rows else {}

    @property
    def _tables(self) -> Path:
        return self.settings.spark_folder / _SCHEMA

    def _show_tables(self, manifest: Mapping[str, Any]) -> None:
        with explained(self.settings.warehouse), connect(self.settings.warehouse) as connection:
            for name, query in self._queries(connection, manifest):
                connection.execute(f'create or replace view "{name}" as {query}')

    def _queries(self, connection: duckdb.DuckDBPyConnection, manifest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """The existing tables, each with a query that reads its files, with columns in documented order."""
        for node in manifest["nodes"].values():
            folder = self._tables / node["name"]
            if node["config"].get("materialized") not in _MATERIALIZED or not folder.is_dir():
                continue
            day = node["config"].get("meta", {}).get("day_column", "day")
            if node["config"]["materialized"] != "incremental":
                files = f"read_parquet({quoted(folder / '*.parquet')})"
            elif any(folder.glob(f"{day}=*/*.parquet")):
                files = (
                    f"read_parquet({quoted(folder / f'{day}=*' / '*.parquet')}, "
                    f"hive_partitioning = true, hive_types = {{'{day}': date}})"
                )
            else:
                files = f"read_parquet({quoted(folder / '_columns' / '*.parquet')})"
            types = {name: kind for name, kind, *_ in connection.execute(f"describe from {files}").fetchall()}
            # If another version built the table, show the columns it has; the build then reports the difference.
            documented = node["columns"] if node["columns"].keys() == types.keys() else types
            columns = (_shown(name, types[name]) for name in documented)
            yield node["name"], f"select {', '.join(columns)} from {files}"

    def _dbt(self, *arguments: str, engine: Engine) -> subprocess.CompletedProcess[str]:
        return call_dbt(self.settings, engine, self.settings.dbt_target / engine.value, *arguments)


def missing_for_spark(settings: Settings) -> str | None:
    """Return a sentence about what Spark needs and is missing; None if Spark can run."""
    needed = {"dbt.adapters.spark": "dbt-spark"} | ({} if settings.spark_host else {"pyspark": "PySpark"})
    for module, name in needed.items():
        if not find_spec(module):
            return f"SATLEDGER_ENGINE=spark needs {name}: run `uv sync --extra spark`."
    if not settings.spark_host and not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        return "SATLEDGER_ENGINE=spark needs Java 17 or later: install it, or name its folder in JAVA_HOME."
    return None


def _shown(name: str, kind: str) -> str:
    # Spark has no 128-bit integers (dbt/macros/cross_db/numbers.sql).
    return f'cast("{name}" as hugeint) as "{name}"' if kind == "DECIMAL(38,0)" else f'"{name}"'


def _one_line(text: str) -> str:
    return " ".join(text.split())
