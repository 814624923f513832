"""What runs the models, as far as satledger has to know: DuckDB or Spark."""

from collections.abc import Mapping
from typing import Any, Protocol

import duckdb

from dagster_project.database import limits, reading
from dagster_project.days import Days
from dagster_project.settings import Engine, Settings
from dagster_project.warehouse.spark import Spark
from dagster_project.warehouse.state import unmark_days

Row = Mapping[str, object]


class ModelEngine(Protocol):
    """What runs the models. All of them leave the tables to be read in ``settings.warehouse``, a DuckDB file."""

    settings: Settings

    def prepare(self, manifest: Mapping[str, Any]) -> None:
        """Before a build: make sure that the engine is there, and that the warehouse shows what it built so far."""
        ...

    def unmark_days(self, connection: duckdb.DuckDBPyConnection, days: Days) -> None:
        """Say of some days that they are not built, until dbt says that they are; the connection may write."""
        ...

    def refresh_views(self, manifest: Mapping[str, Any]) -> None:
        """After a build: have the warehouse show what was built."""
        ...

    def first_row(self, query: str) -> Row:
        """The first row of a query in the engine's own SQL, by column; empty where it has none."""
        ...


class DuckDB:
    """dbt writes the warehouse itself."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def prepare(self, manifest: Mapping[str, Any]) -> None:
        """Nothing to do."""

    def unmark_days(self, connection: duckdb.DuckDBPyConnection, days: Days) -> None:
        """Delete the rows of these days from ``built_days``."""
        unmark_days(connection, days)

    def refresh_views(self, manifest: Mapping[str, Any]) -> None:
        """Nothing to do."""

    def first_row(self, query: str) -> Row:
        """Run the query on the warehouse.

        Raises:
            SatledgerError: another process writes it.
        """
        with reading(self.settings.warehouse, limits(self.settings)) as connection:
            rows = connection.sql(query)
            first = rows.fetchone()
            return dict(zip(rows.columns, first, strict=True)) if first else {}


def engine_of(settings: Settings) -> ModelEngine:
    """Return the engine that the settings ask for."""
    return Spark(settings) if settings.engine is Engine.SPARK else DuckDB(settings)
