"""Updates the lake from its source: new days, days that the source replaced, and damaged days."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from tenacity import retry, retry_if_exception_type, stop_after_attempt

from dagster_project import progress
from dagster_project.chain.sources import Source
from dagster_project.days import ONE_DAY, span
from dagster_project.errors import DamagedDayError, SatledgerError, SourceChangedError, UnreachableError
from dagster_project.lake.files import put_back
from dagster_project.lake.keeping import BLOCKS, damaged_files, day_of, look_through
from dagster_project.lake.manifest import Manifest, read_manifest, remove_days
from dagster_project.lake.next_hour import held_hour, remove_hours
from dagster_project.settings import Settings

# A reorganisation during an extraction is rare. Several in a row mean that the source cannot be trusted.
_ATTEMPTS = 5

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Update:
    """What was done to the lake.

    Attributes:
        written: manifests of the days that were read, in order of day.
        gone: days that the source no longer has.
        healed: what was wrong with the days that were read again because they were damaged.
    """

    written: Sequence[Manifest]
    gone: Sequence[date]
    healed: Sequence[DamagedDayError]


@retry(retry=retry_if_exception_type(SourceChangedError), stop=stop_after_attempt(_ATTEMPTS), reraise=True)
def update_lake(settings: Settings, source: Source, requested: Iterable[date], again: Iterable[date] = ()) -> Update:
    """Update the requested days from the source, and all held days that the source has changed.

    Days that the source replaced are read again; days that it no longer has are removed. Damaged days are read again
    too: manifests and file sizes are checked for all days, the bytes of blocks only for the requested days. All other
    held days are not read again.

    Args:
        settings: where the lake is.
        source: the source.
        requested: days that the lake has to hold.
        again: days to be read again even if the lake holds them.

    Raises:
        IncompleteDayError: a requested day is not complete, or lies before the first.
        SourceChangedError: the source's chain changed again and again while it was read.
        DamagedDayError: a day is damaged, and the source does not have it.
        SatledgerError: the source cannot be read, or what it gave is not whole.
    """
    requested, again = set(requested), set(again)
    progress.report("extract", 0, len(requested), "looking for damaged and reorganised days")
    put_back(settings.raw)
    held, stale, healed = _healed(settings, source, requested)
    last = source.last_complete_day()
    remove_days(settings.raw, stale)
    replaced = [day for day in stale if last is not None and day <= last]
    gone = sorted(set(stale) - set(replaced))
    if gone:
        progress.tell(
            f"The source no longer completes {span(gone)}, which the lake held: removed, until the source has these "
            "blocks again."
        )
    standing = {manifest.day for manifest in held} - set(stale) - again
    missing = sorted({*requested, *again, *replaced} - standing)
    end = max(standing.union(missing), default=None)
    begun = end and end + ONE_DAY
    remove_hours(settings, begun)
    written: list[Manifest] = []
    try:
        for manifest in _with_next_hour(settings, source, missing, begun):
            written.append(manifest)
            progress.report("extract", len(written), len(missing), manifest.day.isoformat())
    except DamagedDayError as error:
        # The days that are read continue a held day whose files were not checked above.
        heal(settings, source, [error])
        raise SourceChangedError(f"The raw day {error.folder} was damaged, and read again: start again.") from error
    return Update(written, gone, healed)


def hour_is_due(settings: Settings, source: Source, begun: date) -> bool:
    """Whether the first hour of a day, the one after the last day held, has to be read or removed."""
    hourly, held = source.begun(begun), held_hour(settings, begun)
    if hourly.last_complete_day() != begun:
        return held is not None
    return held is None or not hourly.has(held)


def _with_next_hour(
    settings: Settings, source: Source, missing: Sequence[date], begun: date | None
) -> Iterator[Manifest]:
    """Extract days, and with them the first hour of the day after the last, where it is due.

    Where that hour cannot be read, the days are, if there are any: it is then read when nothing else is to be done.
    """
    if begun is None or not hour_is_due(settings, source, begun):
        yield from source.extract(missing, _report)
        return
    # What the lake has of that hour is damaged, or no longer the source's.
    remove_hours(settings, None)
    hourly, done = source.begun(begun), set[date]()
    is_over = hourly.last_complete_day() == begun
    try:
        for manifest in hourly.extract([*missing, begun] if is_over else missing, _report):
            if manifest.day != begun:
                done.add(manifest.day)
                yield manifest
    except (SourceChangedError, DamagedDayError, UnreachableError):
        raise
    except SatledgerError as error:
        if not missing or not is_over:
            raise
        logger.warning("The first hour of %s is left for later. %s", begun, error)
        yield from source.extract([day for day in missing if day not in done], _report)


def heal(settings: Settings, source: Source, damaged: Sequence[DamagedDayError]) -> None:
    """Read damaged days again; each stays as it is until the new one is written.

    Raises:
        SourceChangedError: the source's chain changed while it was read.
        DamagedDayError: the source cannot give one of them.
    """
    days = {day_of(error) for error in damaged}
    before = {day: _written_before(settings, day) for day in days}
    try:
        for manifest in source.extract(sorted(days), _report):
            logger.warning("The raw day %s was damaged, and is read again.", manifest.day)
            _tell_difference(settings, before.get(manifest.day), manifest)
    except SourceChangedError:
        raise
    except SatledgerError as error:
        if isinstance(error, DamagedDayError) and day_of(error) not in days:
            heal(settings, source, [*damaged, error])
            return
        why = str(error).removesuffix(".")
        raise DamagedDayError(
            damaged[0].folder, damaged[0].problem, f", and the source cannot give it now ({why})"
        ) from error


def _written_before(settings: Settings, day: date) -> Manifest | None:
    """The manifest of a damaged day, if it is not damaged itself."""
    try:
        return read_manifest(settings.raw, day)
    except DamagedDayError:
        return None


def _tell_difference(settings: Settings, before: Manifest | None, now: Manifest) -> None:
    """Tell the user if a source gives other contents for the same blocks than a day had before it was damaged."""
    if before is None or before.fingerprint != now.fingerprint or before.content == now.content:
        return
    progress.tell(
        f"The raw day {settings.raw / now.day.isoformat()} was damaged. The source {now.source}, from which it was "
        f"read again, gives other contents for the same blocks than {before.source} did before: one of them is wrong, "
        f"or another version or setting wrote them. See `satledger verify --from {now.day} --to {now.day}`."
    )


def _healed(
    settings: Settings, source: Source, requested: set[date]
) -> tuple[Sequence[Manifest], list[date], list[DamagedDayError]]:
    """Heal damaged days. Returns the manifests, the days that the source replaced, and the damage that was found."""
    healed: list[DamagedDayError] = []
    while True:
        held = look_through(settings.raw)
        wanted = [manifest for manifest in held.manifests if manifest.day in requested]
        damaged = [*held.damaged, *damaged_files(settings.raw, wanted, names=(BLOCKS,))]
        if not damaged:
            try:
                return held.manifests, source.stale_days(held.manifests), healed
            except DamagedDayError as error:
                damaged = [error]
        known = {day_of(error) for error in healed}
        for error in damaged:
            if day_of(error) in known:
                # This day was just written anew and is damaged again: the disk is at fault.
                raise error
        heal(settings, source, damaged)
        healed += damaged


def _report(message: str, done: int, total: int) -> None:
    progress.report("blocks", done, total, message)
