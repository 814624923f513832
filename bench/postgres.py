"""Dagster set up as in deploy/dagster.yaml: its own Postgres, the page with a path prefix, a separate daemon.

Needs Debian's `postgresql`, and `uv sync --extra postgres`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from rich.console import Console

from bench.homes import outside, satledger, timed
from bench.report import Report, Table
from dagster_project.settings import PROJECT_ROOT
from tests.ports import free_port

PREFIX = "/dagster"
FIRST = "2022-01-03"
RUNS = "{runsOrError{... on Runs{results{runId status tags{key value}}}}}"
DAEMONS = "{instance{daemonHealth{allDaemonStatuses{daemonType required healthy}}}}"
START = """mutation{startSensor(sensorSelector:{repositoryName:"__repository__",
    repositoryLocationName:"satledger",sensorName:"day_is_complete"}){__typename}}"""
WHY = """{logsForRun(runId:"%s"){... on EventConnection{events{
    ... on ExecutionStepFailureEvent{error{message cause{message}}} ... on RunFailureEvent{message}}}}}"""
ABOUT = """\
A Postgres {version}, as Debian has it, in a folder of its own; a home whose `dagster/dagster.yaml` is
`deploy/dagster.yaml`. `satledger build` builds the first days of the sample chain; then `satledger ui --only page
--path-prefix {prefix}` and `satledger ui --only daemon` run as two services, and the sensor is switched on."""


def run(console: Console, rounds: int) -> Report:
    """Run it once, whatever ``rounds`` is; raise if a check fails.

    Raises:
        RuntimeError: an expected result is missing.
    """
    del rounds
    rows: list[tuple[str, str]] = []

    def holds(what: str, found: object) -> None:
        if not found:
            raise RuntimeError(f"does not hold: {what}")
        rows.append((what, str(found)))
        console.print(f"  {what}: {found}", markup=False)

    with tempfile.TemporaryDirectory(prefix="satledger-postgres-") as name, _postgres(Path(name)) as (version, url):
        home = Path(name) / "home"
        (home / "dagster").mkdir(parents=True)
        shutil.copy(PROJECT_ROOT / "deploy" / "dagster.yaml", home / "dagster")
        settings = {
            "SATLEDGER_CHAIN": "sample",
            "SATLEDGER_SOURCE": "sample",
            "DAGSTER_POSTGRES_URL": f"postgresql+psycopg2://{url}",
        }
        wrong = satledger(
            home, "build", **(settings | {"DAGSTER_POSTGRES_URL": "postgresql+psycopg2://x@127.0.0.1:9/x"})
        )
        told = wrong.communicate()[1].decode().replace(str(home), "HOME")
        holds("without Postgres, a sentence", "" if "Traceback" in told else told[told.find("satledger: ") :].strip())
        timed(home, "build", "--to", FIRST, **settings)
        holds("no SQLite file in the home", not list(home.glob("dagster/**/*.db")))
        port = free_port()
        page = ["ui", "--only", "page", "--port", str(port), "--path-prefix", PREFIX]
        at = f"http://127.0.0.1:{port}"
        with _service(home, page, settings), _service(home, ["ui", "--only", "daemon"], settings):
            holds("the page answers below the prefix", _wait(lambda: _status(f"{at}{PREFIX}/server_info") == 200))
            holds("and refers to what lies there", f'"{PREFIX}' in requests.get(f"{at}{PREFIX}/", timeout=30).text)
            first = _ask(at, RUNS)["runsOrError"]["results"]
            holds("it shows the run of the command line", [run["status"] for run in first] == ["SUCCESS"])
            daemons = _wait(lambda: _healthy(at))
            holds("daemons that are alive", ", ".join(daemons or []))
            _ask(at, START)
            holds("the sensor's run, through the queue, succeeded", _wait(lambda: _succeeded(at), 900))
        tables = subprocess.run(
            [
                "psql",
                f"postgresql://{url}",
                "-Atc",
                "select count(*) from runs",
                "-c",
                "select count(*) from event_logs",
            ],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        holds("runs and events in Postgres", " and ".join(tables))
    table = Table("What holds", ("what", "found"), rows)
    return Report("postgres", ABOUT.format(version=version, prefix=PREFIX), tables=[table])


@contextmanager
def _postgres(folder: Path) -> Iterator[tuple[str, str]]:
    """Run a Postgres; its version and the address of an empty database. It refuses to be run by root."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), default=None)
    if programs is None:
        raise RuntimeError("This case needs Debian's package postgresql.")
    data, port = folder / "postgres", free_port()
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    folder.chmod(0o755)
    data.mkdir()
    if as_user:
        shutil.chown(data, "postgres")

    def call(program: str, *arguments: str) -> None:
        subprocess.run([*as_user, str(programs / program), *arguments], check=True, capture_output=True, cwd="/")

    call("initdb", "--pgdata", str(data), "--auth", "trust", "--username", "dagster")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={data}"
    call("pg_ctl", "--pgdata", str(data), "--wait", "--log", str(data / "log"), "--options", options, "start")
    try:
        call("createdb", "--host", "127.0.0.1", "--port", str(port), "--username", "dagster", "dagster")
        yield programs.parent.name, f"dagster@127.0.0.1:{port}/dagster"
    finally:
        call("pg_ctl", "--pgdata", str(data), "--mode", "immediate", "stop")


@contextmanager
def _service(home: Path, arguments: list[str], settings: dict[str, str]) -> Iterator[None]:
    with (home.parent / f"{arguments[2]}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", "from dagster_project.cli import main; main()", *arguments],
            cwd=PROJECT_ROOT,
            env=outside() | {"SATLEDGER_HOME": str(home)} | settings,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)
                process.wait()


def _wait(found: Any, seconds: float = 180) -> Any:  # noqa: ANN401 (whatever is waited for)
    """What a function returns once that is something; an answer that cannot be had yet is waited for as well."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        try:
            if value := found():
                return value
        except (requests.RequestException, KeyError, TypeError):
            # It is starting.
            time.sleep(1)
        time.sleep(1)
    return None


def _status(url: str) -> int:
    return requests.get(url, timeout=10).status_code


def _ask(at: str, query: str) -> dict[str, Any]:
    answer = requests.post(f"{at}{PREFIX}/graphql", json={"query": query}, timeout=60)
    return answer.json()["data"]


def _healthy(at: str) -> list[str]:
    found = _ask(at, DAEMONS)["instance"]["daemonHealth"]["allDaemonStatuses"]
    required = [each for each in found if each["required"]]
    return [each["daemonType"] for each in required] if required and all(e["healthy"] for e in required) else []


def _succeeded(at: str) -> str:
    runs = _ask(at, RUNS)["runsOrError"]["results"]
    if failed := [run["runId"] for run in runs if run["status"] in ("FAILURE", "CANCELED")]:
        raise RuntimeError(f"the run {failed[0]} failed: {_ask(at, WHY % failed[0])}")
    found = [run["runId"] for run in runs if any(tag["key"] == "dagster/sensor_name" for tag in run["tags"])]
    return found[0][:8] if found and all(run["status"] == "SUCCESS" for run in runs) else ""
