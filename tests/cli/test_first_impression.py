"""What a new user sees of the demo: that it begins at once, how it goes on, and where to look next."""

import operator
import os
import shutil
import signal
import subprocess
import tomllib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed

from dagster_project.chain.sources.sample import SampleSource
from dagster_project.cli.sample import hints
from dagster_project.partitions import daily_partitions
from dagster_project.settings import PROJECT_ROOT, Chain, Settings, Source
from tests.cli.command import LAST_DAY, SATLEDGER, environment, satledger
from tests.ports import free_port


def test_the_first_line_says_what_happens(tmp_path: Path) -> None:
    done = satledger(tmp_path, "build", "--source", "files", "--chain", "regtest")
    assert done.stderr.splitlines()[0] == "Loading Dagster and dbt; the first time, this takes a while ..."


def test_the_log_goes_to_a_file_and_progress_to_the_terminal(home: Path) -> None:
    done = satledger(home, "build", "--chain", "sample", "--from", LAST_DAY, "--to", LAST_DAY)
    assert done.returncode == 0, done.stderr
    steps = ["Loading", "looking at the source", "loading dbt's models", "Building", "building models", "publishing"]
    lines = done.stderr.splitlines()
    places = [next(place for place, line in enumerate(lines) if line.startswith(step)) for step in steps]
    assert places == sorted(places)
    assert not [line for line in (done.stdout + done.stderr).splitlines() if " - dagster - " in line]
    assert " - dagster - " in (home / "logs" / "build.log").read_text(encoding="utf-8")


def test_the_hints_can_be_pasted(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Path(shutil.copytree(built, tmp_path / "a home"))
    monkeypatch.delenv("UV", raising=False)
    commands = dict(hints(Settings(home=home, chain=Chain.SAMPLE)))
    path = f"{SATLEDGER.parent}{os.pathsep}{os.environ['PATH']}"
    shown = {
        meaning: subprocess.run(command, shell=True, env=environment(PATH=path), capture_output=True, text=True)
        for meaning, command in commands.items()
        if command.startswith(("satledger sql", "satledger check"))
    }
    assert len(shown) == 2
    for done in shown.values():
        assert done.returncode == 0, done.stderr
    assert "FlowNetExNtv" in shown["Ask in SQL"].stdout
    for command in commands.values():
        assert command.split()[:2] == ["satledger", command.split()[1]]
        helped = subprocess.run([SATLEDGER, command.split()[1], "--help"], capture_output=True, text=True, check=True)
        assert "--home" in helped.stdout


def test_the_hints_are_as_short_as_the_default_home_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV", "/usr/bin/uv")
    commands = dict(hints(Settings(home=PROJECT_ROOT / "data")))
    assert commands["Check all invariants over all days"] == "uv run satledger check"


def test_the_partitions_of_the_demo_end_with_its_last_day(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, chain=Chain.SAMPLE, source=Source.SAMPLE)
    source = SampleSource(settings)
    partitions = daily_partitions(Chain.SAMPLE)
    last = source.last_complete_day()
    assert last is not None
    assert partitions.get_first_partition_key() == source.first_day().isoformat()
    assert partitions.get_last_partition_key() == last.isoformat()
    # A home may hold a longer sample chain; real chains go on.
    later = last.replace(year=last.year + 1)
    assert daily_partitions(Chain.SAMPLE, [later]).get_last_partition_key() == later.isoformat()
    newest = daily_partitions(Chain.MAINNET).get_last_partition_key()
    assert newest is not None
    assert newest > later.isoformat()


def test_bytecode_is_kept_where_python_may_not_write_it(tmp_path: Path) -> None:
    # uv would compile all modules at each start, and say so each time.
    project = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "compile-bytecode" not in project["tool"]["uv"]
    code = "import sys; sys.prefix = sys.argv.pop(1); from dagster_project.start import main; main()"
    variables = environment(PYTHONDONTWRITEBYTECODE="1")
    variables.pop("PYTHONPYCACHEPREFIX", None)
    done = subprocess.run(
        [SATLEDGER.parent / "python", "-c", code, tmp_path, "--help"],
        env=variables,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    kept = {path.name.split(".")[0] for path in (tmp_path / "bytecode").rglob("*.pyc")}
    assert {"building", "commands", "main"} & kept


def test_dagster_started_by_a_script_in_the_background_ends_when_it_is_told_to(tmp_path: Path) -> None:
    # Such a script's shell has SIGINT ignored, and Dagster does with SIGTERM what is done with SIGINT.
    log = tmp_path / "log"
    script = '"$@" & echo $!; wait'
    command = ["sh", "-c", script, "sh", SATLEDGER, "ui", "--port", str(free_port()), "--home", tmp_path / "home"]
    variables = environment(SATLEDGER_CHAIN="sample", SATLEDGER_SOURCE="sample")
    with (
        log.open("wb") as file,
        subprocess.Popen(command, env=variables, stdout=file, stderr=file, start_new_session=True) as process,
    ):
        try:
            wait_for(lambda: "Instance is configured" in log.read_text())
            os.kill(int(log.read_text().split()[0]), signal.SIGTERM)
            process.wait(60)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@retry(stop=stop_after_delay(60), wait=wait_fixed(0.2), retry=retry_if_result(operator.not_))
def wait_for(condition: Callable[[], bool]) -> bool:
    """Wait until a condition holds, a minute at most."""
    return condition()
