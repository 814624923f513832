"""dbt ends with the process that started it."""

import os
import subprocess
import sys
import time

from dagster_project.warehouse import tethered_dbt

COMMAND = [sys.executable, "-m", tethered_dbt.__name__, "--version"]


def test_it_is_dbt() -> None:
    done = subprocess.run(
        COMMAND, env=os.environ | {tethered_dbt.PARENT: str(os.getpid())}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Core:" in done.stdout


def test_it_ends_when_its_parent_was_gone_before_it_began() -> None:
    started = time.monotonic()
    done = subprocess.run(COMMAND, env=os.environ | {tethered_dbt.PARENT: "1"}, capture_output=True, check=False)
    assert done.returncode == 1
    assert done.stdout == b""
    assert time.monotonic() - started < 5


def test_it_ends_when_its_parent_is_killed() -> None:
    # The middle process starts a tethered one that would wait for input for ever, prints its id and is killed.
    middle = """
import os, subprocess, sys, time
code = "import os, threading, time; from dagster_project.warehouse import tethered_dbt as t; "
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
