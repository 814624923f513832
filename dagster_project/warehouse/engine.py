"""The engines that run the models: DuckDB or Spark."""

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
    """An engine that runs the models. All engines provide the tables in ``settings.warehouse``, a DuckDB file."""

    settings: Settings

    def prepare(self, manifest: Mapping[str, Any]) -> None:
        """Before a build: check that the engine is available, and that the warehouse shows its tables."""
        ...

    def unmark_days(self, connection: duckdb.DuckDBPyConnection, days: Days) -> None:
        """Mark days as not built until dbt has built them; the connection may write."""
        ...

    def refresh_views(self, manifest: Mapping[str, Any]) -> None:
        """After a build: make the warehouse show what was built."""
        ...

    def first_row(self, query: str) -> Row:
        """The first row of a query in the engine's own SQL, by column; empty if there is none."""
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
    """Return the engine of the settings."""
    return Spark(settings) if settings.engine is Engine.SPARK else DuckDB(settings)
