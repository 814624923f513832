"""Disks that are full, or that can only be read, made for the test."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import SATLEDGER, environment, satledger
from tests.ports import free_port

# Whoever may make namespaces of their own may mount there, and all of it is gone with the last process.
IN_A_NAMESPACE = ["unshare", "--map-root-user", "--mount"]

# A process that died while it wrote leaves a log that the next reader needs room to take up.
FILL = """
import os, sqlite3, sys
from pathlib import Path

history = Path(sys.argv[1]) / "history"
history.mkdir(parents=True)
for name in ("runs.db", "event_log.db"):
    if os.fork() == 0:
        connection = sqlite3.connect(history / name)
        connection.execute("pragma journal_mode = wal")
        connection.execute("create table events (number integer, text varchar)")
        connection.executemany("insert into events values (?, ?)", [(n, "x" * 500) for n in range(500)])
        connection.commit()
        os._exit(0)
    os.wait()
    (history / f"{name}-shm").unlink()
with open(Path(sys.argv[1]) / "fill", "wb", buffering=0) as file:
    try:
        while True:
            file.write(bytes(4096))
    except OSError as error:
        print(error.strerror)
"""

DAMAGED = """
import sqlite3, sys
from pathlib import Path

from dagster_project.instance import damaged_history
from dagster_project.settings import Settings

error = RuntimeError()
error.__cause__ = sqlite3.OperationalError("database or disk is full")
print([path.name for path in damaged_history(Settings(home=Path(sys.argv[1])), error)])
"""


@pytest.fixture(scope="module")
def namespace() -> list[str]:
    """What runs a command where it may mount."""
    try:
        done = subprocess.run([*IN_A_NAMESPACE, "true"], capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("no unshare, to mount a small disk with")
    if done.returncode:
        pytest.skip("no right to mount a small disk")
    return IN_A_NAMESPACE


def mounted(namespace: list[str], home: Path, mount: str, *command: object) -> subprocess.CompletedProcess[str]:
    """Run a command in a home, after a script that mounts something there."""
    return subprocess.run(
        [*namespace, "sh", "-ec", f'{mount}\nexec "$@"', "sh", *map(str, command)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env=environment(SATLEDGER_HOME=str(home), SATLEDGER_SOURCE="sample", SATLEDGER_CHAIN="sample"),
    )


def on_a_full_disk(namespace: list[str], home: Path, *command: object) -> subprocess.CompletedProcess[str]:
    """Run a command in a home whose folder of Dagster lies on a full disk, with a history that waits for room."""
    dagster = home / "dagster"
    dagster.mkdir(parents=True)
    fill = f"""
        mount -t tmpfs -o size=4m tmpfs {dagster}
        "{sys.executable}" -c '{FILL}' {dagster} > /dev/null
    """
    return mounted(namespace, home, fill, *command)


def test_a_full_disk_is_no_damage_of_the_history(namespace: list[str], tmp_path: Path) -> None:
    done = on_a_full_disk(namespace, tmp_path / "home", sys.executable, "-c", DAMAGED, tmp_path / "home")
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr


@pytest.mark.parametrize("command", ["build", "status"])
def test_a_full_disk_of_dagster_is_said(namespace: list[str], tmp_path: Path, command: str) -> None:
    home = tmp_path / "home"
    done = on_a_full_disk(namespace, home, SATLEDGER, command)
    assert done.returncode == 1
    assert f"The disk that holds {home / 'dagster'} is full: free some space" in done.stderr
    assert "damaged" not in done.stderr and "Traceback" not in done.stderr


def test_a_home_that_can_only_be_read_is_said(namespace: list[str], tmp_path: Path) -> None:
    """With a history, which SQLite opens for writing even to read it."""
    home = tmp_path / "home"
    (home / "dagster").mkdir(parents=True)
    satledger(home, "status", "--chain", "sample")
    assert (home / "dagster" / "history" / "runs.db").is_file()
    port = str(free_port())
    read_only = f"mount --bind {home} {home} && mount -o remount,bind,ro {home}"
    for command in (["build"], ["status"], ["ui", "--port", port]):
        done = mounted(namespace, home, read_only, SATLEDGER, *command)
        assert done.returncode == 1
        assert "cannot be written" in done.stderr + done.stdout
        assert "set SATLEDGER_HOME to" in " ".join((done.stderr + done.stdout).split())
        assert "Traceback" not in done.stderr and "full" not in done.stderr + done.stdout


def test_a_folder_for_spilling_where_none_can_be_made_is_no_full_disk(tmp_path: Path) -> None:
    done = satledger(tmp_path / "home", "build", "--source", "sample", SATLEDGER_TEMP_DIR="/proc/none/temp")
    assert done.returncode == 1
    assert "The folder for temporary files /proc/none/temp cannot be used" in done.stderr
    assert "set SATLEDGER_TEMP_DIR to a folder that can be written" in done.stderr


CLOSED = """
import sys
from pathlib import Path

from dagster_project.errors import SatledgerError
from dagster_project.home import disk_told
from dagster_project.settings import Settings

settings = Settings(home=Path(sys.argv[1]))
try:
    with disk_told(settings):
        settings.published.write_text("")
except SatledgerError as error:
    print(error)
"""


def test_a_folder_of_the_home_that_can_only_be_read_is_said(namespace: list[str], tmp_path: Path) -> None:
    published = tmp_path / "home" / "published"
    published.mkdir(parents=True)
    read_only = f"mount --bind {published} {published} && mount -o remount,bind,ro {published}"
    done = mounted(namespace, tmp_path / "home", read_only, sys.executable, "-c", CLOSED, tmp_path / "home")
    assert done.stdout == (
        f"{published} cannot be written: give yourself the right to, or mount its disk for writing, and run this "
        "again; what is published stands.\n"
    ), done.stderr
