"""The only writer of raw days: proves headers, writes a temporary folder per day, and renames it into place."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa

from dagster_project.blocks.columns import HeaderColumns, hash_text
from dagster_project.blocks.consensus import genesis_is_dormant
from dagster_project.blocks.difficulty import History, Retargeting, Rules, expected_bits
from dagster_project.blocks.parameters import ChainParameters, load_parameters
from dagster_project.blocks.proof import PROOF_VERSION, prove_headers
from dagster_project.blocks.sha256 import Integers
from dagster_project.errors import DisprovenError, SourceChangedError, reread_hint
from dagster_project.lake.contents import Contents
from dagster_project.lake.files import put_in_place, removed_on_failure, write_day
from dagster_project.lake.history import day_that_ends_with, lake_history
from dagster_project.lake.manifest import FileRecord, Manifest, Proof, fingerprint_of
from dagster_project.lake.next_hour import folder_for
from dagster_project.lake.proof_words import (
    EVERYTHING,
    HEADER_TIMES,
    HEADERS,
    MINED,
    NOBODY_MINED,
    NOT_HELD_BEFORE,
    TARGETS,
)
from dagster_project.lake.tables import empty_tables, raw_tables
from dagster_project.settings import ProofMode, Settings

SECONDS_PER_DAY = 86_400


def write_raw_days(
    settings: Settings,
    days: Sequence[date],
    contents: Iterable[Contents],
    source: str,
    versions: Mapping[str, str],
    history_before: Callable[[], History | None] | None = None,
) -> Iterator[Manifest]:
    """Prove the headers of some consecutive days' blocks, write each day and yield its manifest.

    Blocks of other days are ignored. A day without blocks is written empty. No day enters the lake unless all days
    pass.

    Args:
        settings: where the lake is, and what must be proven.
        days: consecutive days.
        contents: all blocks of these days in order, in batches, their contents proven.
        source: name of the source.
        versions: version of each tool that was used.
        history_before: returns the history up to the block before the first day; by default it is read from the lake.
            If another thread still writes the days before, it waits until the lake holds them; its exceptions are
            raised here. It is called as late as possible.

    Raises:
        SourceChangedError: the first block's parent is not the lake's last block of the day before.
        DisprovenError: a header is wrong; the message names the block and the value.
        OSError: the disk is full.
    """
    if not days:
        return
    parameters = load_parameters(settings.resolved_chain)
    parts = {day: _DayParts() for day in days}
    for piece in contents:
        numbers = _days_of(piece)
        for day in days:
            first, last = np.searchsorted(numbers, [day.toordinal(), day.toordinal() + 1])
            if first < last:
                parts[day].add(piece.part(int(first), int(last)), keep_scripts=settings.keep_scripts)
    folders = {day: folder_for(settings, day) for day in days}
    with removed_on_failure(folders):
        written = {day: write_day(folders[day], day, part.joined_tables(settings)) for day, part in parts.items()}
        before = history_before() if history_before else lake_history(settings.raw, parameters.rules, days[0])
        for what, heights in _check_headers(settings, days[0], list(parts.values()), parameters, before).items():
            for part in parts.values():
                part.lack(what, heights)
        manifests = [
            _manifest(settings, day, part, written[day], parameters, source, versions) for day, part in parts.items()
        ]
        yield from put_in_place(folders, manifests)


@dataclass
class _DayParts:
    """The parts of a day's blocks that are kept in memory until the day is written."""

    headers: list[HeaderColumns] = field(default_factory=list)
    median_times: list[int] = field(default_factory=list)
    tables: dict[str, list[pa.Table]] = field(default_factory=dict)
    checked: tuple[str, ...] = ()
    unproven: dict[str, str] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)

    def add(self, piece: Contents, *, keep_scripts: bool) -> None:
        """Add blocks; only headers and tables are kept, so that the memory of ``piece`` can be freed."""
        self.headers.append(piece.columns.headers())
        self.median_times += piece.median_times.tolist()
        self.checked = piece.checked
        self.unproven |= piece.unproven_of_all()
        for name, table in raw_tables(piece.columns, piece.median_times, keep_scripts=keep_scripts).items():
            self.tables.setdefault(name, []).append(table)
            self.rows[name] = self.rows.get(name, 0) + table.num_rows

    def lack(self, what: str, heights: Collection[int]) -> None:
        """Record that something could not be proven at these heights, if the day has one of them."""
        if any(int(height) in heights for headers in self.headers for height in headers.heights):
            self.unproven[what] = NOT_HELD_BEFORE

    def joined_tables(self, settings: Settings) -> dict[str, pa.Table]:
        """The day's tables; they are no longer kept here afterwards, to free memory."""
        tables, self.tables = self.tables, {}
        empty = empty_tables(keep_scripts=settings.keep_scripts)
        return {name: pa.concat_tables([table, *tables.get(name, [])]) for name, table in empty.items()}


def _days_of(contents: Contents) -> Integers:
    """By block, the number of its day (``date.toordinal``)."""
    times = contents.median_times.astype(np.int64)
    heights = contents.columns.heights
    if len(times) > 1 and heights[0] == 0 and genesis_is_dormant(int(times[0]), int(times[1])):
        times = times.copy()
        times[0] = times[1]
    return times // SECONDS_PER_DAY + date(1970, 1, 1).toordinal()


def _check_headers(
    settings: Settings, day: date, parts: Sequence[_DayParts], parameters: ChainParameters, before: History | None
) -> Mapping[str, Collection[int]]:
    """Prove the headers, if the mode asks for it, and check that they continue the lake.

    Returns:
        By check, the heights at which it is not possible because the lake lacks the blocks before.

    Raises:
        SourceChangedError: the first block does not continue the lake.
        DisprovenError: a header is wrong.
    """
    with_blocks = [part for part in parts if part.headers]
    if not with_blocks:
        return {}
    headers = HeaderColumns.joined([header for part in with_blocks for header in part.headers])
    median_times = [time for part in with_blocks for time in part.median_times]
    parent = hash_text(headers.previous_hashes[0])
    height, name = int(headers.heights[0]), hash_text(headers.hashes[0])
    if before is not None and (height != before.height + 1 or parent != before.hash):
        raise SourceChangedError(
            f"Block {height} ({name}) does not continue the lake, which ends with block {before.height} "
            f"({before.hash}) before it: the source was reorganised; start the build again"
            f"{_or_the_lake(settings, day, before)}."
        )
    if settings.proof is ProofMode.OFF:
        return {}
    try:
        histories = prove_headers(headers, parameters.rules, parameters.genesis_hash, before)
    except DisprovenError as error:
        # If the blocks are right by themselves, the lake may be wrong.
        prove_headers(headers, parameters.rules, parameters.genesis_hash, None)
        raise DisprovenError(f"{str(error).removesuffix('.')}{_or_the_lake(settings, day, before)}.") from None
    for history, said in zip(histories, median_times, strict=True):
        expected = history.median_time
        if expected is not None and said != expected:
            raise DisprovenError(
                f"Block {history.height} is said to have the median time {said} "
                f"({datetime.fromtimestamp(said, UTC):%Y-%m-%d %H:%M:%S}), but its header times give {expected}."
            )
    return _unknown(headers, parameters.rules, [before, *histories])


def _unknown(headers: HeaderColumns, rules: Rules, before: Sequence[History | None]) -> Mapping[str, Collection[int]]:
    """By check, the heights at which too little is known of the blocks before."""
    unknown: dict[str, set[int]] = {TARGETS: set(), HEADER_TIMES: set()}
    if rules.retargeting is Retargeting.NONE:
        return unknown
    for height, time, known in zip(headers.heights.tolist(), headers.times.tolist(), before, strict=False):
        if height and (known is None or expected_bits(rules, known, time) is None):
            unknown[TARGETS].add(height)
        if height and (known is None or known.median_time is None):
            unknown[HEADER_TIMES].add(height)
    return unknown


def _or_the_lake(settings: Settings, day: date, before: History | None) -> str:
    """Advice for an error text, in case the day of the lake is wrong and not the new blocks."""
    held = day_that_ends_with(settings.raw, day, before.hash) if before else None
    if held is None:
        return ""
    folder = settings.raw / held.day.isoformat()
    return f". If it is the lake's day {folder} that is wrong: {reread_hint(folder)}"


def _manifest(
    settings: Settings,
    day: date,
    part: _DayParts,
    files: dict[str, FileRecord],
    parameters: ChainParameters,
    source: str,
    versions: Mapping[str, str],
) -> Manifest:
    names = [hash_text(row) for headers in part.headers for row in headers.hashes]
    heights = [int(height) for headers in part.headers for height in headers.heights]
    return Manifest(
        chain=settings.resolved_chain.value,
        day=day,
        first_height=heights[0] if heights else None,
        last_height=heights[-1] if heights else None,
        first_hash=names[0] if names else None,
        last_hash=names[-1] if names else None,
        blocks=len(names),
        transactions=part.rows.get("transactions", 0),
        inputs=part.rows.get("inputs", 0),
        outputs=part.rows.get("outputs", 0),
        source=source,
        proof=_proof(part, parameters, settings.proof),
        versions=dict(sorted({**versions, "pyarrow": pa.__version__}.items())),
        fingerprint=fingerprint_of(day, names),
        files=files,
    )


def _proof(part: _DayParts, parameters: ChainParameters, mode: ProofMode) -> Proof:
    if mode is ProofMode.OFF:
        return Proof(PROOF_VERSION, [], {EVERYTHING: "SATLEDGER_PROOF was off"})
    unproven = part.unproven
    if parameters.rules.retargeting is Retargeting.NONE:
        unproven = dict.fromkeys(MINED, NOBODY_MINED) | unproven
    # A check that one block lacks does not count for the day.
    checked = [what for what in (*HEADERS, *MINED, *part.checked) if what not in unproven]
    return Proof(PROOF_VERSION, checked, unproven)
