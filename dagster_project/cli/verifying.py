"""What ``satledger verify`` does: raw days are proven again, and compared with the node where it can be reached."""

from collections.abc import Sequence
from datetime import date

from rich.console import Console

from dagster_project import progress
from dagster_project.chain.manifest import Manifest
from dagster_project.chain.sources.node_opinion import Comparison, NodeOpinion, sampled_days
from dagster_project.cli.display import Display
from dagster_project.cli.quiet import quiet
from dagster_project.errors import SatledgerError
from dagster_project.home import building, full_disk_told
from dagster_project.lake.keeping import day_of, look_through
from dagster_project.lake.verify import COMPARED, WITH_SCRIPTS, verify_days
from dagster_project.settings import Chain, Settings

# Days of which the node is asked for the totals of some blocks.
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
        full_disk_told(settings),
        building(settings),
        quiet(settings.home / "logs" / "verify.log") as console,
        Display(console).shown(),
    ):
        held = look_through(settings.raw)
        chosen = [each for each in held.manifests if _within(each.day, first, last)]
        chosen = sampled_days(chosen, days) if days else chosen
        damaged = [str(error) for error in held.damaged if _within(day_of(error), first, last)]
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
    scripts = bool(chosen)
    for done, verified in enumerate(verify_days(settings, chosen), 1):
        manifest = verified.manifest
        found.differences += verified.differences
        scripts = scripts and verified.with_scripts
        if not manifest.proof.checked:
            found.left_out.append(f"{manifest.day} entered the lake unproven (SATLEDGER_PROOF=off): not proven now")
        if node:
            theirs = node.compare_day(manifest, verified.columns, manifest.day in sampled)
            found.differences += [f"{manifest.day}, compared with the node: {difference}." for difference in theirs]
        progress.report("verify", done, len(chosen), manifest.day.isoformat())
    compared = [*COMPARED, *([WITH_SCRIPTS] if scripts else [])]
    found.compared.insert(0, f"{len(chosen)} days, from the lake alone: {', '.join(compared)}")
    if not scripts:
        found.left_out.append("transaction ids: the lake has no scripts of inputs (SATLEDGER_KEEP_SCRIPTS)")
    if node:
        found.compared.append(f"ids and counts of {node.blocks} blocks with the node at {node.where}")
        found.compared.append(f"fees, subsidy and totals of {node.sampled} of these blocks (getblockstats)")
        node.compare_ledger(found)
    return found


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
        raise SatledgerError(f"{len(differences)} differences: see above.")
    told.print("No difference.", highlight=False)
