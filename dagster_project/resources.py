"""Dagster's resources: the settings, the warehouse and dbt."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from importlib import metadata
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt import DbtCliResource
from dagster_duckdb import DuckDBResource
from packaging.version import Version

from dagster_project.database import connect, explained, limits
from dagster_project.settings import DBT_PROJECT, Settings


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

        It opens the warehouse of the settings now, as dbt does, and not of those that the definitions were loaded with.

        Raises:
            SatledgerError: another process holds the file; the sentence names it.
        """
        settings = Settings()
        with explained(settings.warehouse), connect(settings.warehouse, limits(settings)) as connection:
            yield connection


class TetheredDbt(DbtCliResource):
    """The dbt of this Python, in processes that end when this one does."""

    @cached_property
    def _cli_version(self) -> Version:
        # dagster-dbt would start a process to ask; what it would start here is Python.
        return Version(metadata.version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> Any:  # noqa: ANN401 (as it is overridden)
        # dagster-dbt would set up an adapter in this process as well, to ask for columns and rows; that takes a second,
        # and the rows are known (warehouse/state.py).
        return None


def dbt_project() -> DbtCliResource:
    """Return the dbt project, to run dbt's commands on."""
    folder = str(DBT_PROJECT)
    # -P: the project's own folders must not pass for Python packages.
    module = ["-P", "-m", "dagster_project.warehouse.dbt_child"]
    # Each line of dbt's debugging costs time to be made: 0.5 s of 6, and 2 MB a build. The SQL lies beside the log.
    log = ["--log-level-file", "info"]
    return TetheredDbt(
        project_dir=folder, profiles_dir=folder, dbt_executable=sys.executable, global_config_flags=[*module, *log]
    )


def resources(settings: Settings) -> dict[str, dg.ConfigurableResource]:
    """Return the resources by the names that assets ask for."""
    return {
        "settings": SettingsResource(),
        "warehouse": Warehouse(database=str(settings.warehouse)),
        "dbt": dbt_project(),
    }
