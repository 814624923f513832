"""What ``satledger build`` does."""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
from rich.console import Console

from dagster_project import progress
from dagster_project.cli.display import Display
from dagster_project.cli.quiet import quiet
from dagster_project.cli.runs import execute, selected_assets
from dagster_project.database import damaged_beginning
from dagster_project.days import Days, chunks
from dagster_project.errors import BusyError, DamagedError, InterruptedBuildError, SatledgerError, file_sentence
from dagster_project.files import set_aside
from dagster_project.home import building, disk_told
from dagster_project.inputs.intake import told
from dagster_project.instance import damaged_history, emptied_history, instance, recover, set_history_aside
from dagster_project.planning.plan import DAYS_PER_RUN, PUBLISHED, Reading, Step, Wanted, plan
from dagster_project.planning.state import state_for_build
from dagster_project.progress import tell
from dagster_project.publish.place import mend_copy
from dagster_project.settings import Settings
from dagster_project.warehouse.mending import mend_warehouse
from dagster_project.warehouse.state import built_days
from dagster_project.webhook import Event, Kind, send


def build(
    settings: Settings,
    first: date | None = None,
    last: date | None = None,
    select: str | None = None,
    *,
    full_refresh: bool = False,
) -> None:
    """Build what is missing, or the days or assets that are asked for, and publish it.

    Args:
        settings: name the home.
        first: the first day that is asked for.
        last: the last one.
        select: the assets to build, in the selection syntax of dbt and Dagster. They are built for the days asked for,
            by default for all built days.
        full_refresh: whether the old warehouse is moved away, and a new one is built from the raw days.

    Raises:
        SatledgerError: the build failed; what was built and published before is kept.
    """
    with (
        _failure_sent(settings),
        disk_told(settings),
        building(settings),
        quiet(settings.home / "logs" / "build.log") as console,
        Display(console).shown() as display,
    ):
        if full_refresh:
            _set_warehouse_aside(settings)
        mend_warehouse(settings)
        mend_copy(settings.published)
        set_history_aside(settings, emptied_history(settings))
        tried = set[Path]()
        wanted = Wanted(first, last, Reading.ALL)
        while not _built(settings, wanted, select, display, console, tried):
            display.restart()
        for name, lines in told(settings.lake):
            console.print(f"{name}: " + "\n".join(lines), markup=False, highlight=False, soft_wrap=True)


@contextmanager
def _failure_sent(settings: Settings) -> Iterator[None]:
    """Notify the webhook if the build fails; for runs that Dagster started, its sensors do that.

    A build that the user stopped, or that cannot start because another one runs, has not failed.
    """
    try:
        yield
    except (InterruptedBuildError, BusyError):
        raise
    except (SatledgerError, OSError) as error:
        why = file_sentence(error) if isinstance(error, OSError) else str(error)
        try:
            send(settings, Event(Kind.RUN_FAILURE, f"`satledger build` failed. {why}", job="satledger build"))
        except SatledgerError as unsent:
            tell(str(unsent))
        raise


def _built(
    settings: Settings, wanted: Wanted, select: str | None, display: Display, console: Console, tried: set[Path]
) -> bool:
    """Build once. Returns False if a file proved damaged and was moved away, so that the build has to begin again.

    Args:
        settings: name the home.
        wanted: what is to be built.
        select: the assets to build; None for all.
        display: where progress is shown.
        console: where messages are printed.
        tried: files that were moved away before; none is moved twice.
    """
    try:
        with instance(settings) as opened:
            for run_id in recover(opened):
                console.print(f"A build that was cut off (run {run_id[:8]}) is taken up again.", highlight=False)
            if select is None:
                _build(settings, wanted, opened, display, console)
            else:
                _build_selected(settings, wanted, select, opened, console)
    except DamagedError as error:
        path = next((each for each in (settings.warehouse, settings.published) if _is_about(error, each)), None)
        if path is None or path in tried:
            raise
        tried.add(path)
        tell(f"{path} proved damaged: it is moved to {set_aside(path)}, which may be removed, and made anew.")
        return False
    except Exception as error:
        damaged = damaged_history(settings, error)
        if not damaged or tried & set(damaged):
            raise
        tried.update(damaged)
        set_history_aside(settings, damaged)
        return False
    return True


def _is_about(error: DamagedError, path: Path) -> bool:
    return str(error).startswith(damaged_beginning(path))


def _build(settings: Settings, wanted: Wanted, opened: dg.DagsterInstance, display: Display, console: Console) -> None:
    progress.report("source", 0, 1, "which days are complete")
    steps = plan(state_for_build(settings, opened), wanted)
    progress.report("source", 1, 1)
    progress.report("load", 0, 1, "the first time, dbt reads the whole project")
    defs, manifest = _definitions()
    progress.report("load", 1, 1)
    everything = {key.to_user_string() for key in defs.resolve_asset_graph().materializable_asset_keys}
    # For a range of days that was asked for, all planned steps are run. Otherwise the steps are planned again after the
    # first run: after a change in an early day, that run may already have built the rest.
    waiting = [step for step in steps if step.targets.everything] if wanted.bounded else []
    wanted = replace(wanted, reading=Reading.CHANGED, raw_days=not wanted.bounded)
    before = None
    while step := next(iter(waiting or steps), None):
        if step == before:
            raise SatledgerError(
                f"{step.targets}, {step.days or step.reason}, is due again although it was just built: what it reads "
                "changed meanwhile, run this again."
            )
        display.restart()
        _announce(step, console)
        names = step.targets.resolve(manifest)
        execute(defs, opened, [dg.AssetKey(name) for name in names or everything], step.partitions)
        before, waiting = step, waiting[1:]
        if not waiting:
            steps = plan(state_for_build(settings, opened), wanted)


def _build_selected(
    settings: Settings, wanted: Wanted, select: str, opened: dg.DagsterInstance, console: Console
) -> None:
    built = built_days(settings.warehouse)
    if not built:
        raise SatledgerError("Nothing is built yet, and selected assets need the others: run `satledger build`.")
    days = Days(wanted.first or min(built), wanted.last or max(built))
    defs, _ = _definitions()
    assets = selected_assets(select, defs.resolve_asset_graph()) | {dg.AssetKey(PUBLISHED)}
    for part in chunks(days, dict.fromkeys(days, 1), DAYS_PER_RUN):
        console.print(f"Building {select}, {part}.", highlight=False)
        execute(defs, opened, assets, part)


def _set_warehouse_aside(settings: Settings) -> None:
    for path in (settings.warehouse, settings.spark_folder):
        if path.exists():
            tell(f"{path} is moved to {set_aside(path)}, which may be removed once the build has ended.")


def _announce(step: Step, console: Console) -> None:
    if step.targets.everything:
        console.print(f"Building {step.days}.", highlight=False)
    if step.of_layout:
        console.print(f"{step.reason[:1].upper()}{step.reason[1:]}: building these, {step.days}.", highlight=False)
    for name in sorted(step.targets.readers_of):
        console.print(f"The input {name} changed: building what depends on it, {step.days}.", highlight=False)


def _definitions() -> tuple[dg.Definitions, Mapping[str, Any]]:
    """Dagster's definitions and dbt's manifest; imported late, because this parses the dbt project if it changed."""
    # These are 430,000 objects that stay. Garbage collection over them took 0.4 s of 2.2 s, and made each later one
    # slower.
    gc.disable()
    try:
        from dagster_project.definitions import defs
        from dagster_project.warehouse.assets import MANIFEST
    finally:
        gc.freeze()
        gc.enable()
    return defs, MANIFEST
