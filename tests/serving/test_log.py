"""The server's log as JSON, and Dagster's by the same formatter."""

import json
import logging
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.json_log import JsonLines
from tests.serving.copies import make_copy
from tests.serving.servers import Server


def test_every_line_of_the_servers_log_is_an_object(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SATLEDGER_LOG_FORMAT", "json")
    copy = make_copy(tmp_path / "published" / "satledger.duckdb")
    with Server(tmp_path, "--keys") as server:
        key_file = tmp_path / "api_keys.json"
        key_file.write_text("no JSON", encoding="utf-8")
        assert server.get("/v4/timeseries/asset-metrics", api_key="secret-of-somebody").status_code == 500
        lines = [json.loads(line) for line in server.log.splitlines()]
    assert copy.exists()
    assert [line["level"] for line in lines] == ["warning", "error"]
    assert lines[0]["message"].startswith("satledger on http://")
    assert (lines[1]["logger"], lines[1]["message"]) == ("serving", "the file of API keys cannot be read")
    assert "Traceback" in lines[1]["error"]
    assert "secret-of-somebody" not in json.dumps(lines)


def test_lines_of_a_run_tell_its_id(capfd: pytest.CaptureFixture[str]) -> None:
    form = {"lines": {"()": "dagster_project.json_log.JsonLines"}}
    handlers = {"lines": {"class": "logging.StreamHandler", "formatter": "lines", "level": "INFO"}}
    logs = {"dagster_handler_config": {"formatters": form, "handlers": handlers}}

    @dg.op
    def tells(context: dg.OpExecutionContext) -> None:
        context.log.info("so it is")

    @dg.job
    def telling() -> None:
        tells()

    with dg.DagsterInstance.local_temp(overrides={"python_logs": logs}) as instance:
        run_id = telling.execute_in_process(instance=instance).run_id
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines() if line.startswith('{"time"')]
    assert any("so it is" in line["message"] and line["run_id"] == run_id for line in lines)


def test_a_line_break_does_not_end_a_line() -> None:
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, "one\ntwo %s", ("ü",), None)
    line = JsonLines().format(record)
    assert "\n" not in line
    assert json.loads(line)["message"] == "one\ntwo ü"
