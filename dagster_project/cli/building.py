"""What ``satledger build`` does, once it has its settings."""

import gc
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from rich.console import Console

from dagster_project import progress
from dagster_project.chain.due import due_days
from dagster_project.chain.manifest import held_manifests
from dagster_project.cli.display import Display
from dagster_project.cli.quiet import quiet
from dagster_project.cli.runs import execute
from dagster_project.days import Days, chunks
from dagster_project.errors import DamagedError, SatledgerError
from dagster_project.files import set_aside
from dagster_project.home import building, full_disk_told
from dagster_project.inputs.intake import told
from dagster_project.instance import damaged_history, emptied_history, instance, recover, set_history_aside
from dagster_project.progress import tell
from dagster_project.publish.place import as_published, mend_copy, mend_record
from dagster_project.settings import Settings
from dagster_project.warehouse import inputs
from dagster_project.warehouse.database import damaged_beginning
from dagster_project.warehouse.mending import mend_warehouse
from dagster_project.warehouse.parts import known_days
from dagster_project.warehouse.plan import EVERYTHING, Fingerprints, Wanted
from dagster_project.warehouse.state import Unpublished, built_days, mark_unpublished, mend_mark, unpublished

# Dagster records an event a model and day, and holds a run's events in memory until it ends.
DAYS_PER_RUN = 800

PUBLISHED = dg.AssetKey("published_copy")


def build(settings: Settings, wanted: Wanted = EVERYTHING) -> None:
    """Build what is missing, or what is wanted, and publish it.

    Raises:
        SatledgerError: the build failed; what was built and published before stands.
    """
    with (
        full_disk_told(settings),
        building(settings),
        quiet(settings.home / "logs" / "build.log") as console,
        Display(console).shown() as display,
    ):
        mend_warehouse(settings)
        mend_copy(settings.published)
        mend_record(settings.published)
        mend_mark(settings)
        set_history_aside(settings, emptied_history(settings))
        tried = set[Path]()
        while not _built(settings, wanted, display, console, tried):
            display.restart()
        for name, lines in told(settings.lake):
            console.print(f"{name}: " + "\n".join(lines), markup=False, highlight=False, soft_wrap=True)


def _built(settings: Settings, wanted: Wanted, display: Display, console: Console, tried: set[Path]) -> bool:
    """Build; whether that was done, or begins again because a file proved damaged on the way, and was set aside.

    Args:
        settings: name the home.
        wanted: what is to be built.
        display: where progress is shown.
        console: where the user reads.
        tried: the files that were set aside before: none is twice.
    """
    try:
        with instance(settings) as opened:
            for run_id in recover(opened):
                console.print(f"A build that was cut off (run {run_id[:8]}) is taken up again.", highlight=False)
            _build(settings, wanted, opened, display, console)
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
    parts = _parts(due_days(settings, wanted, known_days(settings.warehouse)))
    progress.report("source", 1, 1)
    progress.report("load", 0, 1, "the first time, dbt reads the whole project")
    defs, manifest = _definitions()
    progress.report("load", 1, 1)
    graph = defs.resolve_asset_graph()
    everything = set(graph.materializable_asset_keys)
    unpartitioned = {key for key in everything if not graph.get(key).is_partitioned}
    if unpartitioned and not parts:
        execute(defs, opened, unpartitioned)
    while parts:
        days = parts.pop(0)
        display.restart()
        console.print(f"Building {days}.", highlight=False)
        execute(defs, opened, everything, days)
        if not wanted:
            # A change long ago had the first run rewrite all that follows it: then nothing is left to do.
            parts = _parts(due_days(settings, wanted, known_days(settings.warehouse)))
            if parts and parts[0] == days:
                raise SatledgerError(
                    f"{days} is due again although it was just built: the source changed, run this again."
                )
    built = built_days(settings.warehouse)
    whole = _holds_all(settings, known_days(settings.warehouse))
    if whole and unpublished(settings) is Unpublished.BUILDING:
        # It was cut off after its last model, before that was noted: nothing of it is left to be built.
        mark_unpublished(settings, Unpublished.BUILT)
    for stale in _stale_inputs(settings, built):
        display.restart()
        console.print(f"The input {stale.input} changed: building what depends on it, {stale.days}.", highlight=False)
        readers = {dg.AssetKey(name) for name in inputs.readers(manifest, stale.input)}
        execute(defs, opened, {*readers, PUBLISHED}, stale.days)
    stands = as_published(settings.published) and built_days(settings.published) == built
    if built and whole and (unpublished(settings) or not stands):
        mark_unpublished(settings, Unpublished.BUILT)
        execute(defs, opened, {PUBLISHED}, Days(min(built), max(built)))


def _definitions() -> tuple[dg.Definitions, Mapping[str, Any]]:
    """Dagster's definitions and dbt's manifest; late, because it parses the dbt project where that changed."""
    # 430,000 objects that stay: looking through them for garbage took 0.4 s of 2.2, and then some of each collection.
    gc.disable()
    try:
        from dagster_project.definitions import defs
        from dagster_project.warehouse.assets import MANIFEST
    finally:
        gc.freeze()
        gc.enable()
    return defs, MANIFEST


def _holds_all(settings: Settings, known: Fingerprints) -> bool:
    """Whether all raw days, and no others, are built as they are: else a build that was cut off is to be taken up."""
    return {manifest.day: manifest.content for manifest in held_manifests(settings.raw)} == dict(known)


def _parts(days: Days | None) -> list[Days]:
    return chunks(days, dict.fromkeys(days, 1), DAYS_PER_RUN) if days else []


def _stale_inputs(settings: Settings, built: Fingerprints) -> list[inputs.Stale]:
    if not built:
        return []
    now = inputs.current_inputs(settings.lake, max(built), settings.min_labels)
    return inputs.stale_inputs(now, inputs.recorded_inputs(settings.warehouse), built)
