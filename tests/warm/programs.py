"""The programs: the command line, and the dbt that it starts."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from types import SimpleNamespace

from tests.warm.client import Program, run

_DBT_MODULE = "dagster_project.warehouse.dbt_child"


def satledger(
    arguments: Sequence[str], environment: Mapping[str, str], text: str | None = None, timeout: float = 600
) -> subprocess.CompletedProcess[str]:
    """Run the command line and return how it went.

    Args:
        arguments: the command and its options.
        environment: all its environment variables.
        text: what it is given to read.
        timeout: seconds after which it is ended.
    """
    return run("tests.warm.programs:command_line", ["satledger", *arguments], environment, text, timeout)


def command_line() -> None:
    """What `satledger` runs; its dbt comes from the same server."""
    from dagster_project.start import main

    warm_dbt()
    main()


def warm_dbt() -> None:
    """Have dagster-dbt start dbt from the server, in this process, where programs are forked at all."""
    if sys.platform != "linux":
        return
    from dagster_dbt.core import dbt_cli_invocation

    # Of the module, that is all that dagster-dbt uses.
    starting = SimpleNamespace(Popen=_start_dbt, PIPE=subprocess.PIPE, STDOUT=subprocess.STDOUT)
    dbt_cli_invocation.__dict__["subprocess"] = starting


def _start_dbt(args: Sequence[str], env: Mapping[str, str], cwd: object, **_: object) -> Program:
    given = list(args)[list(args).index(_DBT_MODULE) + 1 :]
    reading, writing = os.pipe()
    with open(os.devnull, "rb") as nothing, os.fdopen(writing, "wb") as said:  # noqa: PTH123 (a device)
        streams = [nothing.fileno(), said.fileno(), said.fileno()]
        return Program("tests.warm.programs:dbt", ["dbt", *given], env, streams, str(cwd), os.fdopen(reading, "rb"))


def dbt() -> None:
    """The dbt that the command line runs in a process of its own, and that ends with it."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    from dagster_project.warehouse import dbt_child

    # The server ends this process with the one that started it, whose child it is not.
    os.environ[dbt_child.PARENT] = str(os.getppid())
    try:
        dbt_child.main()
    finally:
        # As at the end of Python, which this process does not come to: DuckDB's log goes into its file.
        DuckDBConnectionManager.close_all_connections()
