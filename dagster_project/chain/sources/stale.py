"""Which days of the lake a source has replaced."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from dagster_project.blocks.consensus import Calendar, HeaderChain
from dagster_project.errors import SatledgerError
from dagster_project.lake.keeping import BLOCKS, read_table
from dagster_project.lake.manifest import Manifest, fingerprint_of

# Coinbase outputs can be spent after 100 blocks. A deeper reorganisation could undo such payments; none has happened.
DEEPEST_REORGANISATION = 100


def stale_days(chain: HeaderChain, calendar: Calendar, held: Sequence[Manifest], raw: Path) -> list[date]:
    """Held days whose blocks are no longer those of the source's chain, or that are no longer complete there.

    Raises:
        SatledgerError: the source is behind the lake, or on another chain.
    """
    with_blocks = [manifest for manifest in held if manifest.last_height is not None]
    if not with_blocks:
        return []
    _refuse_source_behind(chain, with_blocks, raw)
    complete = calendar.last_complete_day()
    stale = []
    for manifest in reversed(held):
        if complete is None or not calendar.first_day() <= manifest.day <= complete:
            stale.append(manifest.day)
            continue
        if not has_blocks(calendar, manifest):
            stale.append(manifest.day)
        elif manifest.blocks:
            # A block commits to all its ancestors, and with them to the days before.
            break
    if stale:
        _refuse_other_chain(chain, with_blocks, raw)
    return sorted(stale)


def has_blocks(calendar: Calendar, held: Manifest) -> bool:
    """Whether a day of the calendar, which has to be complete, has exactly the blocks of a held one."""
    (blocks,) = calendar.days(held.day, held.day)
    return fingerprint_of(held.day, (header.hash for header in blocks.headers)) == held.fingerprint


def stale_in_part(chain: HeaderChain, calendar: Calendar, held: Sequence[Manifest], raw: Path) -> list[date]:
    """As ``stale_days``, for a source that may have only a part of the chain: held days outside of it are kept.

    Raises:
        SatledgerError: the source is on another chain.
    """
    complete = calendar.last_complete_day()
    settled = [manifest for manifest in held if complete and calendar.first_day() <= manifest.day <= complete]
    later = [manifest for manifest in held if not complete or manifest.day > complete]
    stale = stale_days(chain, calendar, settled, raw)
    return stale + [manifest.day for manifest in later if stale or _replaces(chain, manifest)]


def _replaces(chain: HeaderChain, manifest: Manifest) -> bool:
    """Whether the source has another block in place of the first or the last one of a day."""
    ends = {manifest.first_height: manifest.first_hash, manifest.last_height: manifest.last_hash}
    inside = [height for height in ends if height is not None and chain.lowest() <= height <= chain.highest()]
    return any(chain.headers(height, height)[0].hash != ends[height] for height in inside)


def _refuse_source_behind(chain: HeaderChain, held: Sequence[Manifest], raw: Path) -> None:
    tip, last = chain.tip(), held[-1].last_height or 0
    if tip.height < last and _lake_hash(held, tip.height, raw) == tip.hash:
        raise SatledgerError(
            f"The source ends at height {tip.height}, but the lake holds blocks up to {last}: wait until the source "
            "has caught up, or use the one that the lake was read from."
        )


def _refuse_other_chain(chain: HeaderChain, held: Sequence[Manifest], raw: Path) -> None:
    height = (held[-1].last_height or 0) - DEEPEST_REORGANISATION
    expected = _lake_hash(held, height, raw)
    if expected is None or height < chain.lowest():
        return
    found = chain.headers(height, height)[0].hash if height <= chain.tip().height else None
    if found != expected:
        raise SatledgerError(
            f"The source is on another chain than the lake: block {height} is {found} there and {expected} in {raw}, "
            f"which is deeper than any reorganisation; use the right source, or another SATLEDGER_HOME."
        )


def _lake_hash(held: Sequence[Manifest], height: int, raw: Path) -> str | None:
    """Hash of the lake's block at a height, or None where it holds none.

    Raises:
        DamagedDayError: the day that holds it is damaged.
    """
    for manifest in held:
        first, last = manifest.first_height, manifest.last_height
        if first is not None and last is not None and first <= height <= last:
            # A day's heights follow each other.
            return read_table(raw, manifest, BLOCKS, ["hash"])["hash"][height - first].as_py().hex()
    return None
