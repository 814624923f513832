"""Each option and setting with a value that cannot be used: one sentence at once, and nothing else."""

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from dagster_project.settings import Settings
from tests.cli.command import SATLEDGER, environment, satledger
from tests.ports import free_port

# Loading Python and the settings takes a second, or some on a busy machine; a build or dbt takes more.
AT_ONCE = 20


def refused(home: Path, *arguments: str, **settings: str) -> str:
    """Run a command that is to be refused; its one sentence."""
    began = time.monotonic()
    done = satledger(home, *arguments, **settings)
    assert time.monotonic() - began < AT_ONCE
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    (sentence,) = done.stderr.strip().splitlines()
    assert sentence.startswith("satledger: ")
    return sentence


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a file"
    path.write_text("not a folder")
    return path


@pytest.mark.parametrize(
    "command", ["build", "demo", "status", "sql", "check", "compact", "docs", "ui", "serve", "api-key alice"]
)
def test_a_home_that_is_a_file(file: Path, command: str) -> None:
    assert f"SATLEDGER_HOME is not usable: {file} is a file" in refused(file, *command.split())
    assert file.read_text() == "not a folder"


def test_a_home_below_a_file(file: Path) -> None:
    assert f"SATLEDGER_HOME is not usable: {file} is a file" in refused(file / "home", "build")


def test_a_memory_limit_that_is_none(tmp_path: Path) -> None:
    assert "SATLEDGER_MEMORY_LIMIT is not usable" in refused(tmp_path, "check", "--memory-limit", "lots")
    for limit in ("4", "GB", "-1", "none", "50%", "4XB", "99999999999999GB", "4GB; drop"):
        with pytest.raises(ValidationError, match="no size such as 4GB"):
            Settings(home=tmp_path, memory_limit=limit)


@pytest.mark.parametrize("limit", ["4GB", "500 MB", "1.5gib", "4g"])
def test_a_memory_limit_that_is_one(tmp_path: Path, limit: str) -> None:
    assert Settings(home=tmp_path, memory_limit=limit).memory_limit == limit


SETTINGS = {
    "SATLEDGER_THREADS": ("0", "100000", "two"),
    "SATLEDGER_MEMORY_LIMIT": ("lots",),
    "SATLEDGER_CHAIN": ("dogecoin",),
    "SATLEDGER_SOURCE": ("rumour",),
    "SATLEDGER_NODE_BATCH": ("0", "1001", "ten"),
    "SATLEDGER_NODE_WORKERS": ("0", "65"),
    "SATLEDGER_MIN_CONFIRMATIONS": ("-1", "six"),
    "SATLEDGER_KEYFRAMES": ("0", "few"),
    "SATLEDGER_ENGINE": ("steam",),
    "SATLEDGER_SPARK_PORT": ("0", "65536"),
    "SATLEDGER_TEMP_DIR": ("{file}", "{file}/below"),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_that_cannot_be_used(tmp_path: Path, file: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first, *others = (value.format(file=file) for value in SETTINGS[name])
    assert refused(tmp_path, "status", **{name: first}).startswith(f"satledger: {name} is not usable: ")
    for value in others:
        monkeypatch.setenv(name, value)
        with pytest.raises(ValidationError):
            Settings()


@pytest.mark.parametrize("name", ["SATLEDGER_LABELS", "SATLEDGER_PRICES", "SATLEDGER_HEADERS"])
def test_an_input_that_is_not_there(tmp_path: Path, name: str) -> None:
    home = tmp_path / "home"
    assert f"There is nothing at /nowhere/at/all: correct {name}" in refused(home, "build", **{name: "/nowhere/at/all"})
    assert not home.exists()


@pytest.fixture
def taken() -> Iterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield str(listener.getsockname()[1])


@pytest.mark.parametrize("command", ["ui", "docs", "serve"])
def test_a_taken_port(built: Path, taken: str, command: str) -> None:
    sentence = refused(built, command, "--port", taken)
    assert sentence.startswith(f"satledger: Cannot listen on '127.0.0.1', port {taken}: Address already in use")


@pytest.mark.parametrize(("command", "host"), [("ui", "no.such.host.invalid"), ("docs", "a" * 70), ("serve", "a" * 70)])
def test_a_host_that_is_none(built: Path, command: str, host: str) -> None:
    assert f"Cannot listen on '{host}', port 8901: " in refused(built, command, "--host", host, "--port", "8901")


@pytest.mark.parametrize(("command", "port"), [("ui", "65536"), ("docs", "-1"), ("serve", "http")])
def test_a_port_that_is_none(built: Path, command: str, port: str) -> None:
    done = satledger(built, command, "--port", port)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["sql", "check", "compact", "docs", "serve"])
def test_a_home_without_anything(tmp_path: Path, command: str) -> None:
    assert "run `satledger build` or `satledger demo`" in refused(tmp_path, command)
    assert list(tmp_path.iterdir()) == []


def test_a_free_port_is_served_by_dbt(built: Path, tmp_path: Path) -> None:
    port = free_port()
    command = [SATLEDGER, "docs", "--port", str(port)]
    with subprocess.Popen(command, env=environment(SATLEDGER_HOME=str(built)), stderr=subprocess.DEVNULL) as server:
        try:
            deadline = time.monotonic() + 180
            while True:
                try:
                    with socket.create_connection(("127.0.0.1", port), timeout=1):
                        break
                except OSError:
                    assert server.poll() is None and time.monotonic() < deadline
                    time.sleep(0.2)
        finally:
            server.terminate()
            server.wait(timeout=30)
