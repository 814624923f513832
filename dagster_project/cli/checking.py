"""What ``satledger check`` does: all bytes of the raw days, and all invariants over all days."""

import json

from rich.console import Console

from dagster_project.cli.display import Display
from dagster_project.cli.quiet import quiet
from dagster_project.days import Days
from dagster_project.errors import SatledgerError
from dagster_project.home import building, full_disk_told, refuse_unbuilt
from dagster_project.lake.keeping import damaged_files, look_through
from dagster_project.resources import dbt_project
from dagster_project.settings import Settings
from dagster_project.warehouse.database import damage_sentence, unreadable
from dagster_project.warehouse.dbt_arguments import CHECK
from dagster_project.warehouse.dbt_run import run_dbt
from dagster_project.warehouse.engine import engine_of
from dagster_project.warehouse.failures import broken_invariants, failure
from dagster_project.warehouse.state import built_days, note_broken


def check_all(settings: Settings) -> None:
    """Check that all raw days are what was written, and all invariants over all days; print what is damaged or broken.

    Raises:
        SatledgerError: a raw day is damaged, an invariant is broken, or nothing is built.
    """
    if not settings.warehouse.exists():
        refuse_unbuilt(settings)
    engine = engine_of(settings)
    with (
        full_disk_told(settings),
        building(settings),
        quiet(settings.home / "logs" / "check.log") as console,
        Display(console).shown(),
    ):
        # Under the lock: before its first model is committed, a build that runs looks like none.
        built = built_days(settings.warehouse)
        if not built:
            refuse_unbuilt(settings)
        days = Days(min(built), max(built))
        _refuse_damaged(settings)
        held = look_through(settings.raw)
        damaged = [*held.damaged, *damaged_files(settings.raw, held.manifests, settings.threads)]
        for error in damaged:
            console.print(str(error), markup=False, highlight=False, soft_wrap=True)
        if damaged:
            raise SatledgerError(
                f"{len(damaged)} of the raw days are damaged: mend them as it is said there, then check the invariants."
            )
        outcome = run_dbt(dbt_project(), settings, CHECK, days, step="checks")
        broken = broken_invariants(outcome.target, engine)
        if not outcome.succeeded and not broken:
            raise failure(outcome, settings.warehouse, broken)
    note_broken(settings, [str(invariant) for invariant in broken])
    for invariant in broken:
        Console(stderr=True).print(str(invariant), markup=False, highlight=False, soft_wrap=True)
    results = json.loads((outcome.target / "run_results.json").read_text(encoding="utf-8"))["results"]
    if broken:
        raise SatledgerError(f"{len(broken)} of {len(results)} invariants are broken on {days}.")
    number = len(held.manifests)
    raw = "The 1 raw day is" if number == 1 else f"All {number} raw days are"
    Console().print(f"{raw} what was written.", highlight=False)
    Console().print(f"All {len(results)} invariants hold on {days}.", highlight=False)


def _refuse_damaged(settings: Settings) -> None:
    """Refuse a published copy of which a part cannot be read: no build reads all of it."""
    if settings.published.exists() and (trouble := unreadable(settings.published, through=True)):
        raise SatledgerError(damage_sentence(trouble, settings.published))
