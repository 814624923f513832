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
    """The settings from the environment of a run."""

    def get(self) -> Settings:
        """Read the settings at each call, so that a run never gets those of an earlier one."""
        return Settings()


class Warehouse(DuckDBResource):
    """The DuckDB file that builds write."""

    @contextmanager
    def get_connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the warehouse for writing, without waiting for a lock.

        dagster-duckdb would wait 102 seconds for a locked file. The other process may be an open notebook, and the user
        who can close it should know at once.

        The path is that of the current settings, as for dbt, not of the settings at the time when the definitions were
        loaded.

        Raises:
            SatledgerError: another process has the file open; the message names it.
        """
        settings = Settings()
        with explained(settings.warehouse), connect(settings.warehouse, limits(settings)) as connection:
            yield connection


class TetheredDbt(DbtCliResource):
    """dbt in this Python installation; its processes end when this one ends."""

    @cached_property
    def _cli_version(self) -> Version:
        # dagster-dbt would run the executable to get dbt's version, but here the executable is Python.
        return Version(metadata.version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> Any:  # noqa: ANN401 (as it is overridden)
        # dagster-dbt would create an adapter in this process too, to query columns and row counts. That takes a second,
        # and row counts are known already (warehouse/state.py).
        return None


def dbt_project() -> DbtCliResource:
    """Return the resource that runs dbt's commands on the project."""
    folder = str(DBT_PROJECT)
    # -P: the project's own folders must not be imported as Python packages.
    module = ["-P", "-m", "dagster_project.warehouse.dbt_child"]
    # dbt's debug lines cost 0.5 s of 6 s and 2 MB a build. The SQL is in files beside the log.
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
