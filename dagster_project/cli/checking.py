"""What ``satledger check`` does: it checks all bytes of the raw days, and all invariants over all days."""

import json
from collections.abc import Collection
from datetime import date

from rich.console import Console

from dagster_project.cli.display import Display
from dagster_project.cli.quiet import quiet
from dagster_project.database import damage_sentence, unreadable
from dagster_project.days import Days
from dagster_project.errors import SatledgerError
from dagster_project.home import building, disk_told, refuse_unbuilt
from dagster_project.lake.keeping import Held, damaged_files, look_through, missing_days
from dagster_project.lake.next_hour import damaged_hours
from dagster_project.publish.state import damaged_pieces
from dagster_project.resources import dbt_project
from dagster_project.settings import Settings
from dagster_project.warehouse.dbt_arguments import CHECK
from dagster_project.warehouse.dbt_run import run_dbt
from dagster_project.warehouse.engine import engine_of
from dagster_project.warehouse.failures import broken_invariants, failure, note_broken
from dagster_project.warehouse.inputs import refuse_damaged
from dagster_project.warehouse.layout import layout_changes
from dagster_project.warehouse.manifest import ensure_manifest, load_manifest
from dagster_project.warehouse.state import built_days


def check_all(settings: Settings) -> None:
    """Check the bytes of all raw days, and all invariants over all days; print what is damaged or broken.

    Raises:
        SatledgerError: a raw day is damaged, an invariant is broken, or nothing is built.
    """
    if not settings.warehouse.exists():
        refuse_unbuilt(settings)
    engine = engine_of(settings)
    with (
        disk_told(settings),
        building(settings),
        quiet(settings.home / "logs" / "check.log") as console,
        Display(console).shown(),
    ):
        # Read under the lock: until a running build commits its first model, nothing seems to be built.
        built = built_days(settings.warehouse)
        if not built:
            refuse_unbuilt(settings)
        days = Days(min(built), max(built))
        _refuse_damaged(settings)
        held = look_through(settings.raw)
        for sentence in (damaged := damaged_days(settings, held, built)):
            console.print(sentence, markup=False, highlight=False, soft_wrap=True)
        if damaged:
            number = "1 raw day is" if len(damaged) == 1 else f"{len(damaged)} raw days are"
            raise SatledgerError(f"{number} damaged or missing: repair them as described above, then run this again.")
        refuse_damaged(settings.lake)
        if changes := layout_changes(settings, load_manifest(ensure_manifest(settings))):
            raise SatledgerError(
                f"The warehouse {settings.warehouse} was built by another version of satledger ({changes[0]}): run "
                "`satledger build`, which builds the new parts for all days, then run this again."
            )
        outcome = run_dbt(dbt_project(), settings, CHECK, days, step="checks")
        broken = broken_invariants(outcome.target, engine)
        if not outcome.succeeded and not broken:
            raise failure(outcome, settings.warehouse, broken)
        note_broken(settings, broken)
    for invariant in broken:
        Console(stderr=True).print(str(invariant), markup=False, highlight=False, soft_wrap=True)
    results = json.loads((outcome.target / "run_results.json").read_text(encoding="utf-8"))["results"]
    if broken:
        raise SatledgerError(f"{len(broken)} of {len(results)} invariants are broken on {days}.")
    number = len(held.manifests)
    raw = "The 1 raw day is" if number == 1 else f"All {number} raw days are"
    Console().print(f"{raw} what was written.", highlight=False)
    Console().print(f"All {len(results)} invariants hold on {days}.", highlight=False)


def damaged_days(settings: Settings, held: Held, built: Collection[date]) -> list[str]:
    """What is wrong with the raw days, as sentences; reads all their bytes."""
    return [
        *map(str, held.damaged),
        *missing_days(settings.raw, held.days, built).values(),
        *map(str, damaged_files(settings.raw, held.manifests, settings.threads)),
        *damaged_hours(settings),
    ]


def _refuse_damaged(settings: Settings) -> None:
    """Refuse a published copy that is damaged in part: no build reads all of it."""
    if not settings.published.exists():
        return
    if trouble := unreadable(settings.published, through=True):
        raise SatledgerError(damage_sentence(trouble, settings.published))
    damaged = damaged_pieces(settings.published)
    if damaged:
        more = f" And {len(damaged) - 1} more files are not what was published." if len(damaged) > 1 else ""
        raise SatledgerError(
            f"A published file is not what was published, {damaged[0]}: remove it and run `satledger build`, which "
            f"publishes it anew.{more}"
        )
