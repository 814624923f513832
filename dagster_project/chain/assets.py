"""Raw days of the chain: what every ledger is built from."""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from dagster_project.chain.sources import open_source
from dagster_project.chain.update import Update, update_lake
from dagster_project.days import Days
from dagster_project.home import building
from dagster_project.inputs.intake import SHOWN, Intake
from dagster_project.lake.keeping import day_of
from dagster_project.lake.manifest import Manifest, held_manifests
from dagster_project.partitions import DAYS, ONE_RUN, partition_days
from dagster_project.resources import SettingsResource

next_hour = dg.AssetSpec(
    "next_hour",
    deps=["raw_days"],
    description="The blocks of the hour after the last raw day, which extraction reads along with the raw days.",
    group_name="chain",
    owners=["team:satledger"],
    kinds={"bitcoin", "parquet"},
)


@dg.asset(
    partitions_def=DAYS,
    backfill_policy=ONE_RUN,
    group_name="chain",
    owners=["team:satledger"],
    kinds={"bitcoin", "parquet"},
    # One reader of the source at a time.
    pool="source",
)
def raw_days(context: dg.AssetExecutionContext, settings: SettingsResource) -> dg.MaterializeResult:
    """Blocks and transactions of a consensus day, as the source gave them, in one immutable folder of Parquet.

    A day is written once and stays, unless the chain was reorganised: then the days that changed are read again.
    """
    current = settings.get()
    requested = Days(*partition_days(context))
    with building(current):
        source = open_source(current)
        done = update_lake(current, source, requested)
        source.intake.write(current.lake)
    held = [manifest for manifest in held_manifests(current.raw) if requested.first <= manifest.day <= requested.last]
    for error in done.healed:
        context.log.warning("%s It was read again.", error)
    context.log.info(
        "%s of %s days read from the source, %s removed", len(done.written), len(requested), len(done.gone)
    )
    return dg.MaterializeResult(metadata=lake_metadata(held, done) | source_metadata(source.intake))


def source_metadata(intake: Intake) -> dict[str, Any]:
    """What a run shows of the source's files; empty where it reads none."""
    # Dagster keeps it once for each day of the run, so not every file is named.
    return intake.metadata(SHOWN) if intake.files else {}


def lake_metadata(held: Sequence[Manifest], done: Update) -> dict[str, dg.MetadataValue]:
    """What a run shows of the raw days it was asked for."""
    return {
        "first day": dg.MetadataValue.text(min(manifest.day for manifest in held).isoformat()),
        "last day": dg.MetadataValue.text(max(manifest.day for manifest in held).isoformat()),
        "days written": dg.MetadataValue.int(len(done.written)),
        "days removed": dg.MetadataValue.text(", ".join(map(str, done.gone)) or "none"),
        "damaged days read again": dg.MetadataValue.text(
            ", ".join(str(day_of(error)) for error in done.healed) or "none"
        ),
        "blocks": dg.MetadataValue.int(sum(manifest.blocks for manifest in held)),
        "dagster/row_count": dg.MetadataValue.int(sum(manifest.transactions for manifest in held)),
        "source": dg.MetadataValue.text(held[-1].source),
    }
