"""Which runs are needed, and why: pure functions of the build state and the request."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from dagster_project.days import Days, chunks, span
from dagster_project.errors import IncompleteDayError, SatledgerError
from dagster_project.planning.state import BuildState
from dagster_project.warehouse.inputs import INPUTS, NEXT_HOUR, Stale, readers, stale_inputs
from dagster_project.warehouse.layout import told

PUBLISHED = "published_copy"
RAW_DAYS = "raw_days"

# Dagster records one event per model and day, and keeps a run's events in memory until it ends.
DAYS_PER_RUN = 800


class Reading(StrEnum):
    """Which of labels, prices and headers are read again."""

    CHANGED = "those whose files changed"
    SERVICES = "these, and those that are asked for over the network"
    ALL = "all"


@dataclass(frozen=True)
class Wanted:
    """A request for a build; without bounds, all days that are not built.

    Attributes:
        first: the first day to build, or to build again.
        last: the last day to build.
        reading: which inputs are read.
        raw_days: whether days are built at all; otherwise only pending work for built days is done.
    """

    first: date | None = None
    last: date | None = None
    reading: Reading = Reading.CHANGED
    raw_days: bool = True

    @property
    def bounded(self) -> bool:
        """Whether a range of days was given."""
        return self.first is not None or self.last is not None


EVERYTHING = Wanted()


@dataclass(frozen=True)
class Targets:
    """The assets of a step.

    Attributes:
        names: assets by name.
        readers_of: inputs; the targets include all assets that are built from one of them.
        everything: whether the targets are all assets.
    """

    names: frozenset[str] = frozenset()
    readers_of: frozenset[str] = frozenset()
    everything: bool = False

    def __str__(self) -> str:
        """The assets, as shown to the user."""
        if self.everything:
            return "all assets"
        return ", ".join([*(f"what is built from {name}" for name in sorted(self.readers_of)), *sorted(self.names)])

    def __or__(self, other: "Targets") -> "Targets":
        """The assets of both."""
        return Targets(
            self.names | other.names, self.readers_of | other.readers_of, self.everything or other.everything
        )

    def resolve(self, manifest: Mapping[str, Any]) -> set[str] | None:
        """Return the names of the assets, found with dbt's manifest; None for all."""
        if self.everything:
            return None
        return set(self.names).union(*(readers(manifest, name) for name in self.readers_of))


@dataclass(frozen=True)
class Step:
    """One run.

    Attributes:
        targets: the assets to materialize.
        days: for which days; None for assets without partitions.
        reason: why it is needed.
        stale: models that the same run also builds, because an input changed on other days.
        of_layout: whether it builds models that another version of satledger built differently, or not at all.
        on_change: the step is only needed if this input changed, which is known once the step before has read it.
    """

    targets: Targets
    days: Days | None
    reason: str
    stale: tuple[Stale, ...] = ()
    of_layout: bool = False
    on_change: str | None = None

    @property
    def partitions(self) -> Days | None:
        """The days that Dagster is asked for; the build adds the other days of a changed input by itself."""
        return self.days and latest(self.days, DAYS_PER_RUN)


def latest(days: Days, number: int) -> Days:
    """Return the last days of a range."""
    return Days(max(days.first, date.fromordinal(days.last.toordinal() - number + 1)), days.last)


def plan(state: BuildState, wanted: Wanted = EVERYTHING) -> list[Step]:
    """Return the runs that are needed to fulfil a request, in order; none if nothing is to be done.

    A run of all assets also rebuilds what a changed input, or another version of the models, made stale, and publishes.

    Raises:
        IncompleteDayError: a requested day is before the first day, or is not complete.
        SatledgerError: a requested day cannot be built because earlier days are not built.
    """
    stale = tuple(stale_inputs(state.inputs, state.built_inputs, state.built))
    if wanted.raw_days and (days := pending_days(state, wanted)):
        reason = _why(state, wanted, days)
        parts = chunks(days, dict.fromkeys(days, 1), DAYS_PER_RUN)
        others = [stale, *[()] * (len(parts) - 1)]
        return [Step(Targets(everything=True), part, reason, also) for part, also in zip(parts, others, strict=True)]
    return [*_layout_steps(state), *_input_steps(state, wanted, stale), *_hour_steps(state)] or [*_publication(state)]


def pending_days(state: BuildState, wanted: Wanted = EVERYTHING) -> Days | None:
    """Return the days that a build is started for, or None if all is up to date.

    The build itself extends them (``warehouse.window``): days that vanished from the chain are not partitions.

    Raises:
        IncompleteDayError: a requested day is before the first day, or is not complete.
        SatledgerError: a requested day cannot be built because earlier days are not built.
    """
    first_day, last_complete = state.first_day, state.last_complete
    if last_complete is None:
        raise IncompleteDayError(
            f"The source has no complete day yet: the first is {first_day}, and it is complete once a later day has "
            "begun and enough blocks confirm it."
        )
    for day in (wanted.first, wanted.last):
        if day is not None and day < first_day:
            raise IncompleteDayError(f"{day} lies before the first day of the chain, {first_day}.")
        if day is not None and day > last_complete:
            raise IncompleteDayError(f"{day} is not complete yet: the last complete day is {last_complete}.")
    if wanted.first and wanted.last and wanted.first > wanted.last:
        raise SatledgerError(f"The range from {wanted.first} to {wanted.last} is empty: give the earlier day first.")
    changed, missing = _changed(state), _missing(state, last_complete)
    end = wanted.last or last_complete
    if wanted.first is None:
        days = [day for day in (*changed, *missing) if day <= end]
        # A day that is gone cannot be requested: the end is, and the window then includes the gone day.
        return span(days) if days else (Days(end, end) if changed else None)
    asked = Days(wanted.first, end)
    gap = [day for day in missing if day < asked.first]
    if gap:
        raise SatledgerError(
            f"{asked.first} cannot be built before the days that precede it: {span(gap)} "
            f"{'is' if len(gap) == 1 else 'are'} not built; start with --from {gap[0]}."
        )
    return asked


def _changed(state: BuildState) -> list[date]:
    """Days that are built, or partly built, from other blocks than the source or the lake has now."""
    return [day for day, content in state.known.items() if day in state.stale or state.held.get(day) != content]


def _missing(state: BuildState, last_complete: date) -> list[date]:
    return [day for day in Days(state.first_day, last_complete) if day not in state.known]


def _why(state: BuildState, wanted: Wanted, days: Days) -> str:
    if wanted.first:
        return "asked for"
    missing = [day for day in days if day not in state.known]
    changed = [day for day in _changed(state) if day in state.built]
    begun = [day for day in state.known if day not in state.built]
    reasons = {"not built": missing, "begun, and not built to the end": begun, "replaced or damaged": changed}
    spans = {reason: span(found) for reason, found in reasons.items() if found}
    return "; ".join(reason if found == days else f"{found} {reason}" for reason, found in spans.items())


def _layout_steps(state: BuildState) -> Iterator[Step]:
    """Build models that another version of satledger built differently, or not at all, for all built days."""
    if state.changed_models:
        names = frozenset({PUBLISHED, *(change.name for change in state.changed_models)})
        what = told(state.changed_models)
        reason = f"another version of satledger built the warehouse: {what}"
        yield Step(Targets(names), span([*state.built]), reason, of_layout=True)


def _input_steps(state: BuildState, wanted: Wanted, stale: tuple[Stale, ...]) -> Iterator[Step]:
    """Read inputs, and build the models that a changed input makes stale."""
    unread = {name: why for name in INPUTS if (why := _why_read(state, wanted.reading, name))}
    if unread:
        reason = "; ".join(f"{name}: {why}" for name, why in unread.items())
        yield Step(Targets(frozenset(unread)), None, reason)
    for found in stale:
        targets = Targets(frozenset({PUBLISHED}), frozenset({found.input}))
        yield Step(targets, found.days, f"{found.input} changed")
    for name in unread if state.built else ():
        if name not in {found.input for found in stale}:
            targets = Targets(frozenset({PUBLISHED}), frozenset({name}))
            yield Step(targets, span([*state.built]), f"should {name} have changed", on_change=name)


def _hour_steps(state: BuildState) -> Iterator[Step]:
    """Read the hour after the last day, and build what depends on it for that day."""
    if state.hour_due and state.held and (last := max(state.held)) in state.built:
        targets = Targets(frozenset({RAW_DAYS, PUBLISHED}), frozenset({NEXT_HOUR}))
        yield Step(targets, Days(last, last), f"the hour after {last} changed, or is known now")


def _why_read(state: BuildState, reading: Reading, name: str) -> str | None:
    if name in state.unread:
        return state.unread[name]
    if reading is Reading.ALL:
        return "read by every build"
    return "asked for over the network" if reading is Reading.SERVICES and name in state.services else None


def _publication(state: BuildState) -> Iterator[Step]:
    """Publish what is built and not published, unless built days differ from the lake."""
    if not state.built or dict(state.held) != dict(state.known):
        return
    days = span([*state.built])
    if state.unpublished:
        yield Step(Targets(frozenset({PUBLISHED})), days, str(state.unpublished))
    elif dict(state.published) != dict(state.built):
        yield Step(Targets(frozenset({PUBLISHED})), days, "the published copy has other days than are built")
    elif state.proof_changed:
        yield Step(Targets(frozenset({PUBLISHED})), days, "days were read again, and other parts of them are proven")
    elif state.copy_changed:
        yield Step(Targets(frozenset({PUBLISHED})), days, "the published copy was changed or moved by another program")
