"""What ``satledger lake reread`` does: it reads days of the lake again, and rebuilds what depends on them."""

from rich.console import Console

from dagster_project.chain.sources import open_source
from dagster_project.chain.update import Update, update_lake
from dagster_project.cli.building import build
from dagster_project.cli.display import Display
from dagster_project.cli.quiet import quiet
from dagster_project.days import Days
from dagster_project.home import building, disk_told
from dagster_project.lake.keeping import look_through
from dagster_project.settings import Settings
from dagster_project.warehouse.state import built_days, says_other_proof


def reread(settings: Settings, days: Days) -> None:
    """Read days again from the source, and build anew from the first that differs from what is built.

    Raises:
        IncompleteDayError: a day is not complete at the source, or lies before its first.
        SatledgerError: the source cannot be read, or its blocks do not fit their proof; days not yet read again are
            kept.
    """
    with (
        disk_told(settings),
        building(settings),
        quiet(settings.home / "logs" / "reread.log") as console,
        Display(console).shown(),
    ):
        before = {manifest.day: manifest.content for manifest in look_through(settings.raw).manifests}
        source = open_source(settings)
        done = update_lake(settings, source, days, days)
        source.intake.write(settings.lake)
    held = look_through(settings.raw)
    after = {manifest.day: manifest.content for manifest in held.manifests}
    _tell(days, before, after, done)
    built = built_days(settings.warehouse)
    standing = [day for day in built if day in after]
    differs = any(after.get(day) != content for day, content in built.items())
    # Equal days of another reader may lack other parts of their proof, which is published too.
    if standing and (differs or says_other_proof(settings.published, held.manifests)):
        build(settings, last=max(standing))


def _tell(days: Days, before: dict, after: dict, done: Update) -> None:
    differing = sorted(day for day in {*before, *after} if day in before and before[day] != after.get(day))
    told = Console()
    told.print(f"Read again: {days}.", highlight=False, soft_wrap=True)
    for error in done.healed:
        told.print(f"It was damaged: {error.folder} ({error.problem}).", highlight=False, markup=False, soft_wrap=True)
    if differing:
        told.print(f"Other than before: {', '.join(map(str, differing))}.", highlight=False, soft_wrap=True)
    else:
        told.print("No day that was whole differs from what it was.", highlight=False, soft_wrap=True)
