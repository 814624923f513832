"""dbt's command line arguments and environment variables."""

import os
import subprocess
import sys
from pathlib import Path

from dagster_project.days import Days
from dagster_project.lake.manifest import held_days
from dagster_project.settings import DBT_PROJECT, Engine, Settings

# Unit tests run the models on made-up rows: they are for development, not for each build.
_NO_UNIT_TESTS = ("--exclude-resource-type", "unit_test")


# Build the models, and test them.
BUILD = ("build", *_NO_UNIT_TESTS)
# Test what is built, without building anything.
CHECK = ("test", *_NO_UNIT_TESTS)


def window_environment(days: Days) -> dict[str, str]:
    """The environment variables that make the models rewrite exactly these days."""
    return {"SATLEDGER_START_DAY": days.first.isoformat(), "SATLEDGER_END_DAY": days.last.isoformat()}


def dbt_environment(settings: Settings) -> dict[str, str]:
    """The environment variables that the dbt project reads, except for the days."""
    held = held_days(settings.raw)
    return {
        "SATLEDGER_FIRST_DAY": held[0].isoformat() if held else "",
        "SATLEDGER_LAST_DAY": held[-1].isoformat() if held else "",
        "SATLEDGER_HOME": str(settings.home.resolve()),
        "SATLEDGER_CHAIN": settings.resolved_chain.value,
        "SATLEDGER_MIN_LABELS": str(settings.min_labels),
        "SATLEDGER_KEYFRAMES": str(settings.keyframes or ""),
        "SATLEDGER_MEMORY_LIMIT": settings.memory_limit,
        "SATLEDGER_THREADS": str(settings.threads),
        "SATLEDGER_TEMP_DIR": str(settings.temp),
        "SATLEDGER_ENGINE": settings.engine.value,
        "SATLEDGER_WAREHOUSE": str(settings.warehouse),
        "SATLEDGER_SPARK_WAREHOUSE": str(settings.spark_folder),
        "SATLEDGER_SPARK_MASTER": settings.spark_master or f"local[{settings.threads}]",
        "SATLEDGER_SPARK_HOST": settings.spark_host or "",
        "SATLEDGER_SPARK_PORT": str(settings.spark_port),
        "DO_NOT_TRACK": "1",
    }


def call_dbt(settings: Settings, engine: Engine, target: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run dbt to its end without Dagster, and return the finished process.

    Args:
        settings: name the warehouse and its limits.
        engine: the engine that dbt uses, regardless of the settings.
        target: folder for dbt's artefacts and log.
        arguments: the command and its options.
    """
    command = [sys.executable, "-P", "-c", "from dbt.cli.main import cli; cli()", "--quiet", *arguments]
    folders = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT), "--target-path", str(target)]
    return subprocess.run(
        [*command, *folders, "--log-path", str(target)],
        env=os.environ | dbt_environment(settings) | {"SATLEDGER_ENGINE": engine.value},
        capture_output=True,
        text=True,
        check=False,
    )
