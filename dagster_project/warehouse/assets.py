"""dbt's models as assets: from raw days to daily metrics."""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

import dagster as dg
from dagster_dbt import DbtCliResource, dbt_assets
from dagster_dbt.core.dbt_event_iterator import DbtDagsterEventType

from dagster_project.chain.sources import open_source
from dagster_project.chain.update import heal
from dagster_project.days import Days, span
from dagster_project.errors import DamagedDayError, SatledgerError
from dagster_project.headers.month_files import verify_months
from dagster_project.home import building
from dagster_project.lake.keeping import damaged_files, day_of
from dagster_project.lake.manifest import Manifest, held_manifests
from dagster_project.lake.next_hour import remove_damaged_hours
from dagster_project.partitions import DAYS, ONE_RUN, partition_days
from dagster_project.progress import tell
from dagster_project.resources import SettingsResource, Warehouse
from dagster_project.settings import Settings
from dagster_project.warehouse import inputs
from dagster_project.warehouse.columns import record_types, recorded_types, view_rows, with_types
from dagster_project.warehouse.dbt_arguments import BUILD, CHECK
from dagster_project.warehouse.dbt_run import Outcome, run_dbt
from dagster_project.warehouse.engine import ModelEngine, engine_of
from dagster_project.warehouse.failures import BrokenInvariant, broken_invariants, failure
from dagster_project.warehouse.layout import layout_changes, record_layout, record_pending
from dagster_project.warehouse.manifest import ensure_manifest, load_manifest
from dagster_project.warehouse.memory import in_parts, rows_at_once
from dagster_project.warehouse.mending import mend_warehouse
from dagster_project.warehouse.parts import (
    LAST,
    known_days,
    record_parts,
    refuse_part,
    unmark_parts,
)
from dagster_project.warehouse.publication import Unpublished, mark_unpublished, unpublished
from dagster_project.warehouse.selection import Selection
from dagster_project.warehouse.state import built_days, row_counts
from dagster_project.warehouse.translator import OWNER, ModelTranslator
from dagster_project.warehouse.upgrade import take_over_changes
from dagster_project.warehouse.window import Fingerprints, window

MANIFEST = with_types(load_manifest(ensure_manifest(Settings())), recorded_types(Settings()))


# Tables as earlier runs left them, which are sources in dbt. They have asset keys of their own: else Dagster would take
# such a source for the model with the same table, and see a cycle.
earlier = [
    dg.AssetSpec(
        source["config"]["meta"]["dagster"]["asset_key"],
        description=source["description"],
        group_name=source["source_name"],
        owners=[OWNER],
    )
    for source in MANIFEST["sources"].values()
    if source["source_name"] == "earlier"
]


# DuckDB's errors about a Parquet file that it cannot read.
_PARQUET = re.compile(r"parquet|TProtocolException|Invalid Input Error|IO Error", re.IGNORECASE)


class BuildConfig(dg.Config):
    """How a long range is split into calls of dbt."""

    chunk_rows: int | None = None
    """Inputs and outputs that one call of dbt may rewrite, unless a single day has more. By default 2.5 million for
    each GB of memory (`rows_at_once`)."""


@dbt_assets(
    manifest=MANIFEST,
    partitions_def=DAYS,
    backfill_policy=ONE_RUN,
    dagster_dbt_translator=ModelTranslator(),
    # Only one process can write a DuckDB file.
    pool="warehouse",
)
def models(
    context: dg.AssetExecutionContext,
    config: BuildConfig,
    settings: SettingsResource,
    warehouse: Warehouse,
    dbt: DbtCliResource,
) -> Iterator[DbtDagsterEventType]:
    """Build the models for the requested days, and for all days that a change of the chain affects."""
    current = settings.get()
    engine = engine_of(current)
    with building(current):
        mend_warehouse(current)
        remove_damaged_hours(current)
        engine.prepare(MANIFEST)
        changes = layout_changes(current, MANIFEST)
        selection = Selection.of(context)
        if not selection.models:
            yield from _checked(context, current, dbt, engine, selection)
            return
        built, known = built_days(current.warehouse), known_days(current.warehouse)
        reads_raw_days = bool(selection.names(MANIFEST) & inputs.raw_readers(MANIFEST))
        held, days = _whole_lake(current, Days(*partition_days(context)), known, reads_raw_days=reads_raw_days)
        fingerprints = {manifest.day: manifest.content for manifest in held}
        size = {manifest.day: manifest.inputs + manifest.outputs for manifest in held}
        context.log.info("models of %s", days)
        if not selection.whole:
            refuse_part(selection, MANIFEST, days, fingerprints, built, current.warehouse)
        # A built day stays built when some of its models are built again: only other days are recorded as parts.
        new = {} if selection.whole else {day: fingerprints[day] for day in days if day not in built}
        now = inputs.current_inputs(current, max([days.last, *built]))
        recorded = inputs.recorded_inputs(current.warehouse)
        complete = _complete_inputs(selection)
        chunk_rows = config.chunk_rows or rows_at_once(current.memory_limit)
        touched = {key for key in inputs.changed(now, recorded) if key[0] in complete}
        # On built days, all models that read a changed input are built anew as well.
        stale = [each for each in inputs.stale_inputs(now, recorded, built) if each.input in complete]
        before, after = inputs.around(stale, days)
        for each in (*before, *after):
            tell(f"The input {each.input} changed: what depends on it is built for {each.days} as well.")
        written = span([*days, *(day for each in (*before, *after) for day in each.days)])
        verify_months(current.lake, written)
        cut_off = unpublished(current) is Unpublished.BUILDING
        with warehouse.get_connection() as connection:
            record_pending(connection, changes)
        everywhere = all(days.first <= day <= days.last for day in built)
        if not (everywhere and {change.name for change in changes} <= selection.names(MANIFEST)):
            failed = take_over_changes(changes, dbt, current, warehouse, MANIFEST, size, chunk_rows)
            if failed:
                yield from _failed(failed, current, engine)
        half = selection.whole or bool(new)
        mark_unpublished(current, Unpublished.BUILDING if half else unpublished(current) or Unpublished.BUILT, written)
        with warehouse.get_connection() as connection:
            inputs.invalidate(connection, touched)
            unmark_parts(connection, None if selection.whole else selection.stored(MANIFEST), days)
            if selection.whole:
                engine.unmark_days(connection, days)
        outcome = None
        for selected, part in _parts(selection, before, days, after):
            arguments = (*BUILD, *selected.arguments(MANIFEST))
            run = partial(run_dbt, dbt, current, arguments, context=context, cut_off=cut_off)
            last = _last(in_parts(part, size, chunk_rows, run))
            if not last.succeeded:
                yield from _failed(last, current, engine)
            if selected is selection:
                outcome = last
        assert outcome is not None
        engine.refresh_views(MANIFEST)
        ended = selection.whole or LAST in selection.names(MANIFEST)
        with warehouse.get_connection() as connection:
            inputs.record(connection, now, inputs.rebuilt(touched, {*days, *built}))
            record_layout(connection, MANIFEST)
            if ended:
                unmark_parts(connection, None, days)
            else:
                record_parts(connection, selection.stored(MANIFEST), new)
        if ended and half:
            mark_unpublished(current, Unpublished.BUILT)
        record_types(current)
        # Counting the rows of a view reads its tables, so it is limited to what one call of dbt may rewrite.
        countable = sum(size.get(day, 0) for day in days) <= chunk_rows
        views = view_rows(current, selection.names(MANIFEST), days) if countable else {}
        everything = all(days.first <= day <= days.last for day in built_days(current.warehouse))
        rows = {**row_counts(current.warehouse), **(views if everything else {})}
        yield from _with_metadata(context, outcome, days, rows, views)


def _whole_lake(
    settings: Settings, requested: Days, built: Fingerprints, *, reads_raw_days: bool
) -> tuple[Sequence[Manifest], Days]:
    """The raw days, and the days to build; if the models read their raw days, the checksums of these are checked.

    A damaged day is read again from the source, and the days to build are then determined anew.

    Raises:
        DamagedDayError: a day is damaged, and the source does not have it.
    """
    healed: list[DamagedDayError] = []
    while True:
        held = held_manifests(settings.raw)
        at_genesis = next((manifest.first_height == 0 for manifest in held if manifest.blocks), False)
        days = window(requested, {manifest.day: manifest.content for manifest in held}, built, at_genesis)
        read = [manifest for manifest in held if reads_raw_days and days.first <= manifest.day <= days.last]
        damaged = damaged_files(settings.raw, read, settings.threads)
        if not damaged:
            return held, days
        for error in damaged:
            if day_of(error) in map(day_of, healed):
                # It was just written anew, so the disk is faulty.
                raise error
        heal(settings, open_source(settings), damaged)
        healed += damaged


def _checked(
    context: dg.AssetExecutionContext,
    settings: Settings,
    dbt: DbtCliResource,
    engine: ModelEngine,
    selection: Selection,
) -> Iterator[DbtDagsterEventType]:
    """Run the selected checks on the days of the run, or on all built days if it has none."""
    if context.has_partition_key or context.has_partition_key_range:
        days = Days(*partition_days(context))
    elif built := built_days(settings.warehouse):
        days = Days(min(built), max(built))
    else:
        raise SatledgerError("Nothing is built that could be checked: select all assets first.")
    outcome = run_dbt(dbt, settings, (*CHECK, *selection.arguments(MANIFEST)), days, context)
    if not outcome.succeeded:
        yield from _failed(outcome, settings, engine)
    yield from outcome.events


def _failed(outcome: Outcome, settings: Settings, engine: ModelEngine) -> Iterator[DbtDagsterEventType]:
    """The events of a call of dbt that failed.

    Raises:
        SatledgerError: always, after the events; the message says why dbt failed.
    """
    broken = broken_invariants(outcome.target, engine)
    yield from _with_offenders(outcome, broken)
    # DuckDB also opens some raw days outside of the window, whose checksums were not checked before.
    if any(_PARQUET.search(message) for message in outcome.messages):
        for damaged in damaged_files(settings.raw, held_manifests(settings.raw), settings.threads):
            raise damaged
    raise failure(outcome, settings.warehouse, broken)


def _complete_inputs(selection: Selection) -> set[str]:
    """The inputs whose readers are all built by a run, so that it brings them completely up to date."""
    names = selection.names(MANIFEST)
    return {name for name in inputs.FINGERPRINTED if inputs.readers(MANIFEST, name) <= names}


def _parts(
    selection: Selection, before: Sequence[inputs.Stale], days: Days, after: Sequence[inputs.Stale]
) -> Iterator[tuple[Selection, Days]]:
    """What dbt builds for which days, in order of days, because models read the results of earlier days."""

    def readers(stale: Sequence[inputs.Stale]) -> Iterator[tuple[Selection, Days]]:
        for each in stale:
            yield selection.part(MANIFEST, inputs.readers(MANIFEST, each.input)), each.days

    yield from readers(before)
    yield selection, days
    yield from readers(after)


def _last(outcomes: Iterable[Outcome]) -> Outcome:
    """Run to the end and return the last outcome: Dagster accepts each output only once."""
    return deque(outcomes, maxlen=1).pop()


def _with_metadata(
    context: dg.AssetExecutionContext,
    outcome: Outcome,
    days: Days,
    rows: Mapping[str, int],
    of_these_days: Mapping[str, int],
) -> Iterator[DbtDagsterEventType]:
    """The events of a build; those of models get their number of rows and the rewritten days."""
    for event in outcome.events:
        if isinstance(event, dg.Output):
            metadata: dict[str, dg.MetadataValue] = {
                "first day": dg.MetadataValue.text(days.first.isoformat()),
                "last day": dg.MetadataValue.text(days.last.isoformat()),
            }
            if event.output_name in rows:
                metadata["dagster/row_count"] = dg.MetadataValue.int(rows[event.output_name])
            if event.output_name in of_these_days:
                metadata["rows of these days"] = dg.MetadataValue.int(of_these_days[event.output_name])
            context.add_output_metadata(metadata, output_name=event.output_name)
        yield event


def _with_offenders(outcome: Outcome, broken: Sequence[BrokenInvariant]) -> Iterator[DbtDagsterEventType]:
    """The events of a failed build; those of failed checks get the first row that breaks them."""
    sentences = {invariant.name: str(invariant) for invariant in broken}
    for event in outcome.events:
        if isinstance(event, dg.AssetCheckResult) and event.check_name in sentences:
            yield dg.AssetCheckResult(
                passed=False,
                asset_key=event.asset_key,
                check_name=event.check_name,
                severity=event.severity,
                metadata=event.metadata,
                description=sentences[event.check_name],
            )
        else:
            yield event
