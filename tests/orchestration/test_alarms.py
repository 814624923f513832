"""Failures are told to a real listener: by the sensors, as Dagster's daemon evaluates them, and by the command line."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from pydantic import SecretStr, ValidationError

from dagster_project.errors import DamagedDayError, SatledgerError
from dagster_project.planning import alarms, freshness
from dagster_project.planning.run_failure import failure
from dagster_project.resources import SettingsResource
from dagster_project.settings import Settings
from dagster_project.webhook import Event, Kind, send, without_secrets
from tests.cli.command import satledger
from tests.http_server import serving

SECRET = "T0SECRET"
PASSWORD = "hunter2pass"


class Listener:
    """What was sent to it; it answers with the statuses given, then with 200."""

    def __init__(self) -> None:
        self.url = ""
        self.statuses: list[int] = []
        self.received: list[dict[str, Any]] = []


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Listener]:
    state = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == f"/hooks/{SECRET}"
            state.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(state.statuses.pop(0) if state.statuses else 200)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    with serving(Handler) as port:
        state.url = f"http://127.0.0.1:{port}/hooks/{SECRET}"
        monkeypatch.setenv("SATLEDGER_WEBHOOK_URL", state.url)
        monkeypatch.setenv("SATLEDGER_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("SATLEDGER_CHAIN", "sample")
        monkeypatch.setenv("SATLEDGER_NODE_URL", f"http://user:{PASSWORD}@127.0.0.1:8332")
        yield state


@dg.op
def fails() -> None:
    raise SatledgerError(f"The node {PASSWORD} is gone: start it.")


@dg.job
def failing() -> None:
    fails()


@dg.asset(check_specs=[dg.AssetCheckSpec("values_are_known", asset="values")])
def values() -> Iterator[Any]:
    yield dg.MaterializeResult()
    yield dg.AssetCheckResult(
        passed=False, check_name="values_are_known", severity=dg.AssetCheckSeverity.WARN, description="2 are not."
    )


def test_a_damaged_day_is_told_by_its_sentence() -> None:
    @dg.op
    def reads() -> None:
        raise DamagedDayError(Path("/lake/raw/sample/2022-01-05"), "its inputs.parquet is missing")

    @dg.job
    def reading() -> None:
        reads()

    events = reading.execute_in_process(raise_on_error=False).all_events
    told = "The raw day /lake/raw/sample/2022-01-05 is damaged (its inputs.parquet is missing): `satledger lake reread"
    assert str(failure(events)).startswith(told)


def look(sensor: dg.SensorDefinition, instance: dg.DagsterInstance, cursor: str | None) -> str | None:
    """Evaluate a sensor once, as the daemon does, and return its cursor."""
    context = dg.build_sensor_context(instance, cursor, resources={"settings": SettingsResource()})
    found = sensor.evaluate_tick(context)
    reactions = [each for each in found.dagster_run_reactions or () if each.error]
    if reactions:
        raise AssertionError(str(reactions[0].error))
    return found.cursor


@pytest.mark.parametrize("form", ["json", "slack"])
def test_runs_and_checks_that_fail_are_told_once(
    listener: Listener, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SATLEDGER_WEBHOOK_FORM", form)
    with dg.instance_for_test() as instance:
        cursors = [look(sensor, instance, None) for sensor in (alarms.run_failed, alarms.check_failed)]
        failed = failing.execute_in_process(instance=instance, raise_on_error=False)
        checked = dg.materialize([values], instance=instance)
        assert checked.success and not failed.success
        for _ in range(2):
            cursors = [
                look(sensor, instance, cursor)
                for sensor, cursor in zip((alarms.run_failed, alarms.check_failed), cursors, strict=True)
            ]
        logs = " ".join(entry.user_message for run in instance.get_runs() for entry in instance.all_logs(run.run_id))
    assert SECRET not in logs
    texts = [
        f"The run {failed.run_id[:8]} of failing failed. The node *** is gone: start it.",
        f"Checks of the run {checked.run_id[:8]} of __ephemeral_asset_job__ did not pass: values_are_known. 2 are not.",
    ]
    if form == "slack":
        assert listener.received == [{"text": f"satledger, sample: {text}"} for text in texts]
        return
    assert [sent["text"] for sent in listener.received] == texts
    assert [sent["event"] for sent in listener.received] == ["run_failure", "check_failure"]
    assert [sent["run_id"] for sent in listener.received] == [failed.run_id, checked.run_id]
    assert [sent["checks"] for sent in listener.received] == [[], ["values_are_known"]]


def test_a_listener_that_stumbles_is_told_again_and_one_that_is_gone_is_named_by_its_host_only(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _: None)
    event = Event(Kind.RUN_FAILURE, "x", job="a")
    listener.statuses = [500, 302]
    assert send(Settings(), event)
    assert len(listener.received) == 3
    listener.statuses = [404] * 3
    with pytest.raises(SatledgerError, match=r"The webhook at 127\.0\.0\.1 .*status 404") as refused:
        send(Settings(), event)
    gone = Settings(webhook_url=SecretStr(f"http://127.0.0.1:9/{SECRET}"))
    with pytest.raises(SatledgerError, match="could not be reached") as lost:
        send(gone, event)
    for error in (refused.value, lost.value):
        assert SECRET not in str(error) and error.__cause__ is None and error.__suppress_context__
    assert not send(Settings(webhook_url=None), event)
    assert without_secrets(Settings(), f"{listener.url} {PASSWORD}") == "*** ***"
    with pytest.raises(ValidationError, match="no address") as wrong:
        Settings(webhook_url=SecretStr("ftp://hidden"))
    assert "hidden" not in str(wrong.value)


def test_a_build_of_the_command_line_tells_as_well(listener: Listener, tmp_path: Path) -> None:
    wrong = {"SATLEDGER_CHAIN": "regtest", "SATLEDGER_SOURCE": "files", "SATLEDGER_FILES": str(tmp_path / "none")}
    done = satledger(tmp_path / "home", "build", SATLEDGER_WEBHOOK_URL=listener.url, **wrong)
    assert done.returncode == 1
    (sent,) = listener.received
    assert sent["chain"] == "regtest" and sent["job"] == "satledger build" and sent["run_id"] is None
    assert sent["text"].startswith("`satledger build` failed. SATLEDGER_FILES")
    assert SECRET not in done.stderr


def test_what_each_day_makes_again_has_to_be_fresh() -> None:
    from dagster_project.definitions import defs

    specs = defs.resolve_asset_graph()
    policies = {key.to_user_string(): specs.get(key).freshness_policy for key in specs.get_all_asset_keys()}
    assert policies["raw_days"] == policies["published_copy"] == policies["metrics_daily"] == freshness.DAILY
    assert policies["exchange_labels"] is None and policies["prices"] is None
    names = {sensor.name for sensor in defs.sensors or ()}
    assert names == {"day_is_complete", "run_failed", "check_failed"}
