"""What ``satledger status`` reports about the raw days: which are held, which are damaged, and what was proven."""

from collections.abc import Iterator, Sequence

from dagster_project.cli.health import Finding, building_process
from dagster_project.days import span
from dagster_project.errors import SatledgerError
from dagster_project.lake.keeping import look_through, missing_days
from dagster_project.lake.proofs import proven_of_all, unproven
from dagster_project.settings import Settings
from dagster_project.warehouse.state import built_days

# The most damaged days that are named, each with what is wrong.
NAMED = 5


def lake_findings(settings: Settings) -> Iterator[Finding]:
    """The days held, those that are damaged judging by names and sizes of files, and what was proven of them."""
    try:
        held = look_through(settings.raw)
        built = built_days(settings.published)
    except SatledgerError as error:
        yield Finding("raw days", f"unknown: {error}", wrong=True)
        return
    days = held.days
    yield Finding("raw days", str(span(days)) if days else "none")
    # Not during a build: it removes days for a moment while it replaces them.
    if building_process(settings.home.resolve()) is None:
        damaged = [*map(str, held.damaged), *missing_days(settings.raw, days, built).values()]
        if damaged:
            yield Finding("damaged days", "\n".join(_shortened(damaged)), wrong=True)
        else:
            yield Finding("damaged days", "none, as far as the sizes of files tell" if days else "none")
    if any(manifest.blocks for manifest in held.manifests):
        proven = ", ".join(proven_of_all(held.manifests)) or "nothing"
        lines = [f"proven of all days with blocks: {proven}", *map(str, unproven(held.manifests))]
        yield Finding("proof", "\n".join(lines))


def _shortened(damaged: Sequence[str]) -> Iterator[str]:
    yield from damaged[:NAMED]
    if len(damaged) > NAMED:
        yield f"and {len(damaged) - NAMED} more, which `satledger verify` names."
