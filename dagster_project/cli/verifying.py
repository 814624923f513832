"""What ``satledger verify`` does: it proves raw days again, and compares them with the node if it can be reached."""

from collections.abc import Sequence
from datetime import date

from rich.console import Console

from dagster_project import progress
from dagster_project.chain.sources.node_opinion import Comparison, NodeOpinion
from dagster_project.cli.display import Display
from dagster_project.cli.quiet import quiet
from dagster_project.days import span
from dagster_project.errors import SatledgerError
from dagster_project.home import building, disk_told
from dagster_project.lake.keeping import day_of, look_through, missing_days
from dagster_project.lake.manifest import Manifest
from dagster_project.lake.verify import COMPARED, WITH_SCRIPTS, sampled_days, verify_days
from dagster_project.settings import Chain, Settings
from dagster_project.warehouse.state import built_days

# The number of days for which the totals of some blocks are compared with the node's.
SAMPLED_DAYS = 50


def verify(settings: Settings, first: date | None, last: date | None, days: int | None) -> None:
    """Prove raw days again, compare them with the node, and print what was compared and every difference.

    Args:
        settings: name the home and the node.
        first: first day; by default the first that is held.
        last: last day; by default the last that is held.
        days: how many of these days, evenly spread; by default all.

    Raises:
        SatledgerError: something differs, or no day is held.
    """
    with (
        disk_told(settings),
        building(settings),
        quiet(settings.home / "logs" / "verify.log") as console,
        Display(console).shown(),
    ):
        held = look_through(settings.raw)
        chosen = [each for each in held.manifests if _within(each.day, first, last)]
        chosen = sampled_days(chosen, days) if days else chosen
        missing = missing_days(settings.raw, held.days, built_days(settings.warehouse))
        damaged = [str(error) for error in held.damaged if _within(day_of(error), first, last)]
        damaged += [sentence for day, sentence in missing.items() if _within(day, first, last)]
        if not chosen and not damaged:
            raise SatledgerError(f"The lake {settings.raw} holds none of these days: see `satledger status`.")
        found = _verified(settings, chosen)
    _tell([*damaged, *found.differences], found)


def _within(day: date, first: date | None, last: date | None) -> bool:
    return (first is None or first <= day) and (last is None or day <= last)


def _verified(settings: Settings, chosen: Sequence[Manifest]) -> Comparison:
    found = Comparison()
    node = _node(settings, found)
    sampled = {manifest.day for manifest in sampled_days(chosen, SAMPLED_DAYS)}
    without_scripts, unproven = list[date](), list[date]()
    for done, verified in enumerate(verify_days(settings, chosen), 1):
        manifest = verified.manifest
        found.differences += verified.differences
        if not verified.with_scripts:
            without_scripts.append(manifest.day)
        if not manifest.proof.checked:
            unproven.append(manifest.day)
        if node:
            node.compare_day(found, manifest, verified.columns, manifest.day in sampled)
        progress.report("verify", done, len(chosen), manifest.day.isoformat())
    compared = [*COMPARED, *([WITH_SCRIPTS] if chosen and not without_scripts else [])]
    found.compared.insert(0, f"{_number(chosen)}, from the lake alone: {', '.join(compared)}")
    if without_scripts:
        found.left_out.append(
            f"transaction ids of {_number(without_scripts)}: the lake has no scripts of inputs there "
            "(SATLEDGER_KEEP_SCRIPTS)"
        )
    if unproven:
        found.left_out.append(
            f"what {_number(unproven)} ({span(unproven)}) say: they entered the lake unproven (SATLEDGER_PROOF=off)"
        )
    if node:
        node.compare_ledger(found)
    return found


def _number(days: Sequence[object]) -> str:
    return "1 day" if len(days) == 1 else f"{len(days)} days"


def _node(settings: Settings, found: Comparison) -> NodeOpinion | None:
    if settings.resolved_chain is Chain.SAMPLE:
        return None
    try:
        return NodeOpinion(settings)
    except SatledgerError as error:
        found.left_out.append(f"all that only a node tells: {error}")
        return None


def _tell(differences: Sequence[str], found: Comparison) -> None:
    told = Console()
    for heading, lines in (("Compared", found.compared), ("Not compared", found.left_out), ("Differs", differences)):
        for line in lines:
            told.print(f"{heading}: {line}", highlight=False, markup=False, soft_wrap=True)
    if differences:
        number = "1 difference" if len(differences) == 1 else f"{len(differences)} differences"
        raise SatledgerError(f"{number}: see above.")
    if found.failure:
        raise found.failure
    told.print("No difference.", highlight=False)
