"""The sensor, evaluated by Dagster's daemon, on a node that changes its mind."""

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.scheduler.instigation import TickStatus
from dagster._core.test_utils import create_test_daemon_workspace_context, freeze_time
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster._daemon.run_coordinator.queued_run_coordinator_daemon import QueuedRunCoordinatorDaemon
from dagster._daemon.sensor import execute_sensor_iteration

from dagster_project.instance import instance
from dagster_project.settings import PROJECT_ROOT, Settings
from dagster_project.warehouse.state import built_days
from tests.e2e.test_reorganisations import Chain
from tests.node import Node

SENSOR = "day_is_complete"
SECONDS_BETWEEN = 700


class Daemon:
    """Dagster's daemon at work on a home, without the waiting between two looks of a sensor."""

    def __init__(self, opened: dg.DagsterInstance, workspace: WorkspaceProcessContext) -> None:
        self._opened = opened
        self._workspace = workspace
        self._now = time.time()
        (location,) = workspace.create_request_context().get_code_location_entries().values()
        assert location.code_location is not None, location.load_error
        (repository,) = location.code_location.get_repositories().values()
        self._sensor = repository.get_sensor(SENSOR)
        opened.start_sensor(self._sensor)

    def look(self) -> dg.DagsterRun | str:
        """Have the sensor looked at once; the run that it started, at its end, or why it started none."""
        before = {run.run_id for run in self._opened.get_runs()}
        self._now += SECONDS_BETWEEN
        with freeze_time(self._now), ThreadPoolExecutor(1) as threads:
            futures: dict = {}
            list(execute_sensor_iteration(self._workspace, logging.getLogger(), threads, None, futures))
            for future in futures.values():
                future.result()
        tick = self._opened.get_ticks(self._sensor.get_remote_origin_id(), self._sensor.selector_id, limit=1)[0]
        assert tick.status in (TickStatus.SUCCESS, TickStatus.SKIPPED), tick.error
        list(QueuedRunCoordinatorDaemon(interval_seconds=1).run_iteration(self._workspace))
        started = [run for run in self._opened.get_runs() if run.run_id not in before]
        return self._ended(started[0].run_id) if started else tick.skip_reason or f"seen before: {tick.run_keys}"

    def _ended(self, run_id: str) -> dg.DagsterRun:
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            run = self._opened.get_run_by_id(run_id)
            assert run is not None
            if run.is_finished:
                return run
            time.sleep(0.5)
        raise TimeoutError(f"the run {run_id} has not ended")


@pytest.fixture
def chain(start_node: Callable[..., Node]) -> Chain:
    chain = Chain(start_node("regtest"))
    # More than have to lie on a coinbase before it can be spent, on either branch.
    chain.mine(120)
    chain.begin_day()
    return chain


@pytest.fixture
def settings(chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    values = {"home": tmp_path, "chain": "regtest", "source": "node", "node_url": chain.node.url}
    for name, value in {**values, "min_confirmations": 0}.items():
        monkeypatch.setenv(f"SATLEDGER_{name.upper()}", str(value))
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    return Settings()


@pytest.fixture
def daemon(settings: Settings) -> Iterator[Daemon]:
    target = WorkspaceFileTarget([str(PROJECT_ROOT / "workspace.yaml")])
    with instance(settings) as opened, create_test_daemon_workspace_context(target, opened) as workspace:
        yield Daemon(opened, workspace)


@pytest.mark.long
def test_failures_are_not_repeated_and_a_reorganisation_is_built(
    daemon: Daemon, chain: Chain, settings: Settings
) -> None:
    def succeeded() -> None:
        run = daemon.look()
        assert isinstance(run, dg.DagsterRun), run
        assert run.status is dg.DagsterRunStatus.SUCCESS
        assert daemon.look() == "all complete days are built"

    def last_hash() -> str:
        days = built_days(settings.published)
        return days[max(days)]

    # A file in the place of a folder: the raw days cannot be written.
    settings.lake.mkdir(parents=True)
    blocked = settings.lake / "raw"
    blocked.touch()
    run = daemon.look()
    assert isinstance(run, dg.DagsterRun), run
    assert run.status is dg.DagsterRunStatus.FAILURE
    assert str(daemon.look()).startswith("seen before")
    assert str(daemon.look()).startswith("seen before")

    # Another block makes it worth another try.
    blocked.unlink()
    chain.begin_day()
    succeeded()
    first = last_hash()

    # The other branch has the same days. Further reorganisations are tried by `bench faults`.
    chain.reorganise(9)
    chain.begin_day()
    succeeded()
    assert last_hash() != first
