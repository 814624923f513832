"""Run dbt and process its events."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource
from dagster_dbt.asset_utils import get_manifest_and_translator_from_dbt_assets
from dagster_dbt.core.dbt_event_iterator import DbtDagsterEventType

from dagster_project import progress
from dagster_project.days import Days
from dagster_project.settings import Settings
from dagster_project.warehouse.dbt_arguments import dbt_environment, window_environment
from dagster_project.warehouse.dbt_child import PARENT, PARSED
from dagster_project.warehouse.manifest import parsed_project
from dagster_project.warehouse.translator import ModelTranslator

_STARTED = "LogStartLine"
_ENDED = "EndRunResult"


@dataclass(frozen=True)
class Outcome:
    """The outcome of a dbt command.

    Attributes:
        code: dbt's exit code; if negative, the number of the signal that ended it.
        target: the folder with dbt's artefacts and log.
        messages: the errors it logged.
        events: its events as Dagster events; empty for a command outside of an asset.
    """

    code: int
    target: Path
    messages: Sequence[str]
    events: Sequence[DbtDagsterEventType]

    @property
    def succeeded(self) -> bool:
        """Whether dbt succeeded."""
        return self.code == 0

    @property
    def out_of_memory(self) -> bool:
        """Whether dbt failed because DuckDB needed more memory than it may use."""
        return not self.succeeded and any("Out of Memory Error" in message for message in self.messages)


def run_dbt(
    dbt: DbtCliResource,
    settings: Settings,
    arguments: Sequence[str],
    days: Days,
    context: dg.AssetExecutionContext | None = None,
    step: str = "models",
    *,
    cut_off: bool = False,
) -> Outcome:
    """Run a dbt command to its end, report its progress, and return the outcome.

    Args:
        dbt: the dbt project.
        settings: name the warehouse and its limits.
        arguments: the command and its options.
        days: days that the models rewrite or the tests check.
        context: of the asset that runs the command; if given, dbt's events are converted to Dagster events.
        step: name of the step that progress is reported for.
        cut_off: whether the previous build was interrupted, or failed.
    """
    target = settings.dbt_target
    (target / "run_results.json").unlink(missing_ok=True)
    messages: list[str] = []
    events: list[DbtDagsterEventType] = []
    variables = dbt_environment(settings) | window_environment(days)
    variables |= {PARENT: str(os.getpid()), PARSED: str(parsed_project(settings) or "")}
    with environment(variables | {"SATLEDGER_CUT_OFF": "1" if cut_off else ""}):
        run = dbt.cli(
            arguments,
            # The context is not passed: dagster-dbt would then select by names, which folders may share
            # (`selection.selector`).
            manifest=get_manifest_and_translator_from_dbt_assets([context.assets_def])[0] if context else None,
            target_path=target,
            raise_on_error=False,
            dagster_dbt_translator=ModelTranslator(),
        )
    try:
        for event in run.stream_raw_events():
            _report(event.raw_event, step)
            if event.raw_event["info"]["level"] == "error":
                messages.append(event.raw_event["info"]["msg"])
            if context:
                events.extend(
                    event.to_default_asset_events(run.manifest, run.dagster_dbt_translator, context, run.target_path)
                )
    finally:
        # dbt only still runs here after an error or an interruption.
        if run.process.poll() is None:
            run.process.terminate()
        code = run.process.wait()
    return Outcome(code, target, messages, events)


def _report(event: Mapping[str, Any], step: str) -> None:
    name, data = event["info"]["name"], event["data"]
    if name == _STARTED:
        # dbt counts the models that it starts from 1.
        progress.report(step, data["index"] - 1, data["total"], data["node_info"]["node_name"])
    elif name == _ENDED:
        progress.report(step, 1, 1)


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables inside the block: dagster-dbt passes the environment of its process on to dbt."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
