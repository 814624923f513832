"""Checks of the raw days: they form one chain, and were proven."""

import itertools
from collections.abc import Sequence
from datetime import date

import dagster as dg

from dagster_project.chain.assets import raw_days
from dagster_project.days import ONE_DAY
from dagster_project.lake.keeping import BLOCKS, read_table
from dagster_project.lake.manifest import Manifest, held_manifests
from dagster_project.lake.proofs import proven_of_all, unproven, unusual
from dagster_project.partitions import DAYS
from dagster_project.resources import SettingsResource
from dagster_project.settings import Settings


def broken_calendar(held: Sequence[Manifest]) -> str | None:
    """Where the lake's days or heights have a gap, as a sentence; None where they have none."""
    for before, after in itertools.pairwise(held):
        if after.day != before.day + ONE_DAY:
            return f"{after.day}: the lake lacks the day before it; the last one it holds is {before.day}"
    with_blocks = [manifest for manifest in held if manifest.blocks]
    for before, after in itertools.pairwise(with_blocks):
        if before.last_height is None or after.first_height != before.last_height + 1:
            return (
                f"{after.day}: its first block is {after.first_height}, but {before.day} ends with {before.last_height}"
            )
    return None


def broken_link(settings: Settings, held: Sequence[Manifest], first: date, last: date) -> str | None:
    """Where a day's first block has another parent than the last block before it, as a sentence; None where all fit."""
    with_blocks = [manifest for manifest in held if manifest.blocks]
    pairs = [pair for pair in itertools.pairwise(with_blocks) if first <= pair[1].day <= last]
    for before, after in pairs:
        parent = read_table(settings.raw, after, BLOCKS, ["previous_hash"])["previous_hash"][0].as_py().hex()
        if parent != before.last_hash:
            return (
                f"{after.day}: the parent of its first block {after.first_height} is not the last block of {before.day}"
            )
    return None


@dg.asset_check(asset=raw_days, blocking=True, partitions_def=DAYS)
def raw_days_link(context: dg.AssetCheckExecutionContext, settings: SettingsResource) -> dg.AssetCheckResult:
    """Raw days follow each other without a gap in days or heights, and each begins where the one before it ended."""
    current = settings.get()
    keys = context.partition_key_range
    held = held_manifests(current.raw)
    offender = broken_calendar(held) or broken_link(
        current, held, date.fromisoformat(keys.start), date.fromisoformat(keys.end)
    )
    return dg.AssetCheckResult(
        passed=offender is None,
        description=f"Raw days do not link: {offender}; `satledger lake reread --from DAY --to DAY` reads "
        f"days of {current.raw} again."
        if offender
        else f"{len(held)} days link",
        metadata={"days held": len(held)},
    )


@dg.asset_check(asset=raw_days, partitions_def=DAYS)
def raw_days_proven(context: dg.AssetCheckExecutionContext, settings: SettingsResource) -> dg.AssetCheckResult:
    """What was proven of the raw days before they entered the lake (docs/lake.md).

    A day that lacks a proof which other days have is a warning. It lacks one if ``SATLEDGER_PROOF`` allowed that, or if
    it was read before the days that precede it.
    """
    keys = context.partition_key_range
    first, last = date.fromisoformat(keys.start), date.fromisoformat(keys.end)
    days = [manifest for manifest in held_manifests(settings.get().raw) if first <= manifest.day <= last]
    proven, lacking = proven_of_all(days), unusual(days)
    return dg.AssetCheckResult(
        passed=not lacking,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(map(str, lacking)) or f"proven: {', '.join(proven) or 'there are no blocks'}",
        metadata={
            "proven of all blocks": dg.MetadataValue.text(", ".join(proven) or "nothing"),
            "not proven": dg.MetadataValue.text("\n".join(map(str, unproven(days))) or "nothing is left"),
        },
    )
