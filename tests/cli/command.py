"""The command line as a user runs it."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

from dagster_project.publish.state import RECORDS, reading_published
from tests.warm import programs

SATLEDGER = Path(sysconfig.get_path("scripts")) / "satledger"
LAST_DAY = "2022-01-12"

Done = subprocess.CompletedProcess[str]


def environment(**settings: str) -> dict[str, str]:
    """An environment with these settings and none of the tester's own."""
    others = {name: value for name, value in os.environ.items() if not name.startswith(("SATLEDGER_", "DAGSTER_"))}
    return others | settings


def satledger(home: Path, *arguments: str, text: str | None = None, **settings: str) -> Done:
    """Run the command line on a home."""
    variables = environment(**{"SATLEDGER_HOME": str(home), "COLUMNS": "200"} | settings)
    # Spark is used in a process that was started for it: its Java, and dbt's parser, do not get on with forks.
    if sys.platform == "linux" and settings.get("SATLEDGER_ENGINE") != "spark":
        return programs.satledger(arguments, variables, text)
    return subprocess.run(
        [SATLEDGER, *arguments],
        env=variables,
        input=text,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def tables(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables of a DuckDB file, ordered; of a published one the public tables."""
    with reading_published(path) as connection:
        names = {name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()}
        if names >= {"publication"}:
            names = {name for (name,) in connection.execute("show tables").fetchall()} - RECORDS
        return {name: connection.execute(f"from {name} order by all").fetchall() for name in sorted(names)}
