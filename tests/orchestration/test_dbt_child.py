"""dbt ends with the process that started it."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dagster_project.settings import DBT_PROJECT, Settings
from dagster_project.warehouse import dbt_child
from dagster_project.warehouse.dbt_arguments import dbt_environment
from dagster_project.warehouse.manifest import parsed_project

COMMAND = [sys.executable, "-m", dbt_child.__name__, "--version"]


def test_it_is_dbt() -> None:
    done = subprocess.run(
        COMMAND, env=os.environ | {dbt_child.PARENT: str(os.getpid())}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Core:" in done.stdout


@pytest.mark.parametrize("usable", [True, False])
def test_it_takes_the_project_as_parsed_before_and_parses_it_where_that_is_damaged(
    usable: bool, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path)
    whole = parsed_project(settings)
    assert whole is not None
    given = tmp_path / "given.msgpack"
    given.write_bytes(whole.read_bytes()[: None if usable else 1000])
    folders = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT), "--target-path", str(tmp_path)]
    done = subprocess.run(
        [*COMMAND[:-1], "--quiet", "ls", "--resource-type", "seed", *folders, "--log-path", str(tmp_path)],
        env=os.environ | dbt_environment(settings) | {dbt_child.PARENT: str(os.getpid()), dbt_child.PARSED: str(given)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "satledger.metric_catalog" in done.stdout.split()
    # What dbt leaves when it has parsed the project itself.
    assert (tmp_path / "partial_parse.msgpack").is_file() is not usable


def test_it_ends_when_its_parent_was_gone_before_it_began() -> None:
    started = time.monotonic()
    done = subprocess.run(COMMAND, env=os.environ | {dbt_child.PARENT: "1"}, capture_output=True, check=False)
    assert done.returncode == 1
    assert done.stdout == b""
    assert time.monotonic() - started < 5


def test_it_ends_when_its_parent_is_killed() -> None:
    # The middle process starts a tethered one that would wait for input for ever, prints its id and is killed.
    middle = """
import os, subprocess, sys, time
code = "import os, threading, time; from dagster_project.warehouse import dbt_child as t; "
code += "threading.Thread(target=t._end_with, args=(os.getppid(),), daemon=True).start(); time.sleep(600)"
child = subprocess.Popen([sys.executable, "-c", code])
print(child.pid, flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", middle], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        time.sleep(1)
        process.kill()
    deadline = time.monotonic() + 10
    while _runs(child):
        assert time.monotonic() < deadline, "it outlived its parent"
        time.sleep(0.1)


def _runs(pid: int) -> bool:
    """Whether a process runs; one that ended and waits to be reaped does not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")
