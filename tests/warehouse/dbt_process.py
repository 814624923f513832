"""dbt in processes that begin with dbt imported and the project parsed, which takes more time than a small build.

Each command has a process of its own, as on the command line, but forked from one that waits (Python's ``forkserver``):
what a process changes ends with it.
"""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from dagster_project.settings import DBT_PROJECT, Engine

_PARSED = "tests.warehouse.parsed"


def run_dbt(arguments: Sequence[str], environment: Mapping[str, str], output: Path) -> subprocess.CompletedProcess[str]:
    """Run dbt's command line in a process of its own and return how it went.

    On another engine than DuckDB it is started as users start it: what is parsed here is for DuckDB, and dbt's parser,
    which has threads of its own, waits for ever in a process that was forked after it was used.

    Args:
        arguments: the command and its options.
        environment: all its environment variables.
        output: file that takes what it says.
    """
    if environment["SATLEDGER_ENGINE"] != Engine.DUCKDB.value:
        command = [sys.executable, "-m", "dbt.cli.main", *arguments]
        folders = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
        return subprocess.run([*command, *folders], env=environment, capture_output=True, text=True, check=False)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_PARSED])
    process = context.Process(target=_run, args=(list(arguments), dict(environment), str(output)))
    process.start()
    process.join()
    assert process.exitcode is not None
    return subprocess.CompletedProcess(list(arguments), process.exitcode, output.read_text(errors="replace"), "")


def _run(arguments: list[str], environment: dict[str, str], output: str) -> None:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    from tests.warehouse.parsed import FOLDERS, MANIFEST

    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(descriptor, sys.stdout.fileno())
    os.dup2(descriptor, sys.stderr.fileno())
    os.environ.clear()
    os.environ.update(environment)
    done = dbtRunner(manifest=MANIFEST).invoke([*arguments, *FOLDERS])
    # As at the end of a program, which this process does not come to: DuckDB's log goes into its file.
    DuckDBConnectionManager.close_all_connections()
    if done.exception is not None:
        sys.stdout.write(f"{done.exception}\n")
    sys.exit(not done.success)
