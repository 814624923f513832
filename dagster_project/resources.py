"""Dagster's resources: the settings, the warehouse and dbt."""

import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import duckdb
from dagster_dbt import DbtCliResource
from dagster_duckdb import DuckDBResource

from dagster_project.settings import DBT_PROJECT, Settings
from dagster_project.warehouse.database import explained

# The one beside this Python, whatever is on the PATH.
DBT = Path(sysconfig.get_path("scripts")) / "dbt"


class SettingsResource(dg.ConfigurableResource):
    """The settings of the environment that a run is in."""

    def get(self) -> Settings:
        """Read the settings now, so that a run never sees those of an earlier one."""
        return Settings()


class Warehouse(DuckDBResource):
    """The DuckDB file that builds write."""

    @contextmanager
    def get_connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the warehouse for writing, at once or not at all.

        dagster-duckdb would wait 102 seconds for a locked file; a writer in the way may be an open notebook, and the
        user who can close it should hear of it now.

        Raises:
            SatledgerError: another process holds the file; the sentence names it.
        """
        with (
            explained(Settings().warehouse),
            duckdb.connect(self.database, config=self.connection_config) as connection,
        ):
            yield connection


def dbt_project() -> DbtCliResource:
    """The dbt project, to run dbt's commands on."""
    folder = str(DBT_PROJECT)
    return DbtCliResource(project_dir=folder, profiles_dir=folder, dbt_executable=str(DBT))


def resources(settings: Settings) -> dict[str, dg.ConfigurableResource]:
    """Return the resources by the names that assets ask for."""
    return {
        "settings": SettingsResource(),
        "warehouse": Warehouse(
            database=str(settings.warehouse),
            connection_config={"memory_limit": settings.memory_limit, "threads": settings.threads},
        ),
        "dbt": dbt_project(),
    }
