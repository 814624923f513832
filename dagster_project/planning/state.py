"""The state that a plan is made from, read once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import dagster as dg

from dagster_project.chain.sources import Source, open_source
from dagster_project.chain.update import hour_is_due
from dagster_project.days import ONE_DAY
from dagster_project.inputs.files import FILES_READ, asks_services, files_read, is_in_lake
from dagster_project.lake.keeping import look_through
from dagster_project.publish.state import is_in_order
from dagster_project.settings import Settings
from dagster_project.warehouse.inputs import INPUTS, Recorded, current_inputs, recorded_inputs
from dagster_project.warehouse.layout import LayoutChange, layout_changes
from dagster_project.warehouse.manifest import ensure_manifest, load_manifest
from dagster_project.warehouse.parts import known_days
from dagster_project.warehouse.publication import Unpublished, unpublished
from dagster_project.warehouse.state import built_days, says_other_proof
from dagster_project.warehouse.window import Fingerprints


@dataclass(frozen=True)
class BuildState:
    """What the source has, what the lake holds, and what is built and published.

    Attributes:
        first_day: the first day of the source's calendar.
        last_complete: the last day that is complete in the source; None if there is none.
        last_block: hash of that day's last block, which commits to all before it; empty if there is none.
        held: fingerprints of the raw days in the lake.
        stale: days of the lake that are damaged, or differ from the source.
        known: fingerprints of the days that the warehouse has rows of; a partly built day has one that no raw day has.
        built: fingerprints of the days that are completely built.
        published: fingerprints of the days in the published copy.
        proof_changed: whether the lake's days have other parts of their proof than the published copy says.
        copy_changed: whether another program changed or moved the published copy, or some of its files are missing.
        unpublished: why the warehouse differs from the published copy; None if it does not.
        inputs: fingerprints of labels, prices and headers in the lake.
        built_inputs: fingerprints of the inputs that the warehouse was built with.
        unread: by input, why its files have to be read again.
        changed_models: models that another version of satledger built, and what differs (``warehouse.layout``).
        hour_due: whether the hour after the last day held has to be read from the source, or removed.
        services: inputs that come from a network service; whether they changed is only known by asking it.
    """

    first_day: date
    last_complete: date | None
    last_block: str = ""
    held: Fingerprints = field(default_factory=dict)
    stale: frozenset[date] = frozenset()
    known: Fingerprints = field(default_factory=dict)
    built: Fingerprints = field(default_factory=dict)
    published: Fingerprints = field(default_factory=dict)
    proof_changed: bool = False
    copy_changed: bool = False
    unpublished: Unpublished | None = None
    inputs: Recorded = field(default_factory=dict)
    built_inputs: Recorded = field(default_factory=dict)
    changed_models: tuple[LayoutChange, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)
    services: frozenset[str] = frozenset()
    hour_due: bool = False


def state_for_build(settings: Settings, opened: dg.DagsterInstance) -> BuildState:
    """Read the state before a build, and record in the lake which of its files the source read and which it skipped.

    Args:
        settings: name the home and the source.
        opened: Dagster's instance.

    Raises:
        SatledgerError: see ``read_state``.
    """
    source = open_source(settings)
    # Also if nothing is to be built: skipped files may be the reason.
    source.intake.write(settings.lake)
    return read_state(settings, source, opened)


def read_state(settings: Settings, source: Source, opened: dg.DagsterInstance) -> BuildState:
    """Read the state of a home and of its source, without changing anything.

    Args:
        settings: name the home.
        source: of the raw blocks.
        opened: Dagster's instance, which knows the files that the inputs were last read from.

    Raises:
        SatledgerError: the source or the lake cannot be read, or another process writes the warehouse.
    """
    held = look_through(settings.raw)
    built = built_days(settings.warehouse)
    last = source.last_complete_day()
    begun = max(held.days) + ONE_DAY if held.days and built else None
    return BuildState(
        first_day=source.first_day(),
        last_complete=last,
        last_block=source.last_hash(last) if last else "",
        held={manifest.day: manifest.content for manifest in held.manifests},
        stale=frozenset([*source.stale_days(held.manifests), *held.damaged_days]),
        known=known_days(settings.warehouse),
        built=built,
        published=built_days(settings.published),
        proof_changed=says_other_proof(settings.published, held.manifests),
        copy_changed=not is_in_order(settings.published),
        unpublished=unpublished(settings),
        inputs=current_inputs(settings, max(built)) if built else {},
        built_inputs=recorded_inputs(settings.warehouse) if built else {},
        changed_models=_changed_models(settings) if built else (),
        unread=_unread(settings, opened),
        services=frozenset(name for name in INPUTS if asks_services(settings, name)),
        hour_due=begun is not None and hour_is_due(settings, source, begun),
    )


def _changed_models(settings: Settings) -> tuple[LayoutChange, ...]:
    return tuple(layout_changes(settings, load_manifest(ensure_manifest(settings))))


def _unread(settings: Settings, opened: dg.DagsterInstance) -> dict[str, str]:
    """By input that has to be read again, the reason."""
    found: dict[str, str] = {}
    for name in INPUTS:
        event = opened.get_latest_materialization_event(dg.AssetKey(name))
        materialization = event and event.asset_materialization
        before = materialization.metadata.get(FILES_READ) if materialization else None
        if before is None or not is_in_lake(settings.lake, name):
            found[name] = "it was not read yet"
        elif before.value != files_read(settings, name):
            found[name] = "its files or their setting changed"
    return found
