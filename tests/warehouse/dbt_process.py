"""dbt's command line on the project, without Dagster around it."""

import subprocess
import sys
from collections.abc import Mapping, Sequence

from dagster_project.settings import DBT_PROJECT, Engine, Settings
from dagster_project.warehouse.dbt_child import PARSED
from dagster_project.warehouse.manifest import parsed_project
from tests.warm import client

_FOLDERS = ("--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT))


def run_dbt(
    arguments: Sequence[str], environment: Mapping[str, str], settings: Settings
) -> subprocess.CompletedProcess[str]:
    """Run dbt in a process of its own and return how it went.

    On DuckDB it is what builds start, with the project as it was parsed before; on another engine it is started as from
    a shell, because dbt's parser, which has threads of its own, may wait for ever in a process that was forked.

    Args:
        arguments: the command and its options.
        environment: all its environment variables.
        settings: of the home.
    """
    if settings.engine is not Engine.DUCKDB or sys.platform != "linux":
        command = [sys.executable, "-m", "dbt.cli.main", *arguments, *_FOLDERS]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return client.run(
        "tests.warm.programs:dbt",
        ["dbt", *arguments, *_FOLDERS],
        {**environment, PARSED: str(parsed_project(settings))},
        None,
        timeout=1200,
    )
