"""Raw days of the chain: what every ledger is built from."""

from collections.abc import Sequence
from datetime import date

import dagster as dg
from tenacity import retry, retry_if_exception_type, stop_after_attempt

from dagster_project import progress
from dagster_project.chain.manifest import Manifest, held_days, held_manifests, remove_days
from dagster_project.chain.sources import Source, open_source
from dagster_project.days import Days
from dagster_project.errors import SourceChangedError
from dagster_project.home import building
from dagster_project.partitions import DAYS, ONE_RUN, partition_days
from dagster_project.resources import SettingsResource
from dagster_project.settings import Settings

# A reorganisation in the middle of an extraction is rare, several in a row are a source that cannot be trusted.
_ATTEMPTS = 5


@retry(retry=retry_if_exception_type(SourceChangedError), stop=stop_after_attempt(_ATTEMPTS), reraise=True)
def update_lake(settings: Settings, source: Source, requested: Days) -> tuple[list[Manifest], list[date]]:
    """Bring the lake up to the source: the requested days, and all held ones that are no longer the source's.

    Days that the source replaced are read again, those that it lost are removed; days that stand are not read again.

    Returns:
        The manifests of the days that were read, and the days that are gone.

    Raises:
        IncompleteDayError: a requested day is not complete, or lies before the first.
        SourceChangedError: the source's chain changed again and again while it was read.
        SatledgerError: the source cannot be read, or what it gave is not whole.
    """
    progress.report("extract", 0, len(requested), "looking for reorganised days")
    stale = source.stale_days(held_manifests(settings.raw))
    last = source.last_complete_day()
    remove_days(settings.raw, stale)
    again = [day for day in stale if last is not None and day <= last]
    missing = sorted({*requested, *again} - set(held_days(settings.raw)))
    written = []
    for manifest in source.extract(
        missing, lambda message, done, total: progress.report("blocks", done, total, message)
    ):
        written.append(manifest)
        progress.report("extract", len(written), len(missing), manifest.day.isoformat())
    return written, sorted(set(stale) - set(again))


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
        written, gone = update_lake(current, open_source(current), requested)
    held = [manifest for manifest in held_manifests(current.raw) if requested.first <= manifest.day <= requested.last]
    context.log.info("%s of %s days read from the source, %s removed", len(written), len(requested), len(gone))
    return dg.MaterializeResult(metadata=lake_metadata(held, len(written), gone))


def lake_metadata(held: Sequence[Manifest], written: int, gone: Sequence[date]) -> dict[str, dg.MetadataValue]:
    """What a run shows of the raw days it was asked for."""
    return {
        "first day": dg.MetadataValue.text(min(manifest.day for manifest in held).isoformat()),
        "last day": dg.MetadataValue.text(max(manifest.day for manifest in held).isoformat()),
        "days written": dg.MetadataValue.int(written),
        "days removed": dg.MetadataValue.text(", ".join(map(str, gone)) or "none"),
        "blocks": dg.MetadataValue.int(sum(manifest.blocks for manifest in held)),
        "dagster/row_count": dg.MetadataValue.int(sum(manifest.transactions for manifest in held)),
        "source": dg.MetadataValue.text(held[-1].source),
    }
