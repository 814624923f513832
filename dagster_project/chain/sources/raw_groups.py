"""Raw blocks into raw days: groups of days are parsed, proven and written in parallel, and put in place in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from dagster_project.blocks.consensus import Header, require_transaction_count
from dagster_project.blocks.difficulty import History
from dagster_project.blocks.parameters import load_parameters
from dagster_project.blocks.parse import DamagedBlockError, parse_blocks
from dagster_project.blocks.sha256 import Bytes, Integers
from dagster_project.chain.sources.base import Group
from dagster_project.errors import DisprovenError
from dagster_project.lake.contents import Contents, prove_parsed
from dagster_project.lake.manifest import Manifest
from dagster_project.lake.write import write_raw_days
from dagster_project.progress import Report
from dagster_project.settings import Settings

# Bytes of blocks that are parsed at once. A day of 220 MB of blocks then takes 0.4 GB of memory instead of 1.
PIECE_BYTES = 24_000_000

GROUPS_AT_ONCE = 2
# The packages that parse and hash raw blocks; manifests name their versions.
RAW_TOOLS = ("numba", "numpy")

# Reads the blocks of some consecutive headers: a buffer, where each block begins in it, how long each is.
ReadBlocks = Callable[[Sequence[Header]], tuple[Bytes, Integers, Integers]]


@dataclass(frozen=True)
class RawGroup:
    """Some consecutive days to be written.

    Attributes:
        days: the days with their headers.
        pieces: the same headers, in pieces whose blocks are parsed together.
        history_before: returns what is known of the block before the first.
    """

    days: Group
    pieces: Sequence[Sequence[Header]]
    history_before: Callable[[], History | None]


def write_groups(
    settings: Settings,
    groups: Iterable[RawGroup],
    read: ReadBlocks,
    source: str,
    versions: Mapping[str, str],
    report: Report,
    total: int,
) -> Iterator[Manifest]:
    """Write the raw days of some groups, in order, and yield the manifest of each day once it is written.

    Pieces of blocks are parsed and proven on as many threads as the settings allow, a few ahead of the day that is
    being assembled. Two groups are worked on at once, so that one is written to the disk while the next is read.

    Raises:
        SourceChangedError: the blocks do not continue what the lake holds.
        DisprovenError: a block is not what it says.
        SatledgerError: the blocks cannot be read.
    """
    done = 0
    running: deque[Future[list[Manifest]]] = deque()
    with ThreadPoolExecutor(settings.threads) as parsers, ThreadPoolExecutor(GROUPS_AT_ONCE) as writers:
        reading = _Reading(settings, read, parsers)
        try:
            for group in groups:
                before = running[-1] if running else None
                running.append(writers.submit(_write, settings, group, reading, source, versions, before))
                # One more than are worked on, so that no worker waits for the next group.
                if len(running) > GROUPS_AT_ONCE:
                    for manifest in running.popleft().result():
                        done += manifest.blocks
                        report("reading raw blocks", done, total)
                        yield manifest
            for written in running:
                for manifest in written.result():
                    done += manifest.blocks
                    report("writing the last days", done, total)
                    yield manifest
        finally:
            for group in running:
                group.cancel()


def pieces_of(headers: Sequence[Header], sizes: Sequence[int]) -> list[Sequence[Header]]:
    """Headers in pieces whose blocks have about ``PIECE_BYTES``, given the size of each block."""
    pieces, first, size = [], 0, 0
    for number, bytes_ in enumerate(sizes):
        size += bytes_
        if size >= PIECE_BYTES:
            pieces.append(headers[first : number + 1])
            first, size = number + 1, 0
    return [*pieces, headers[first:]] if first < len(headers) else pieces


def _write(
    settings: Settings,
    group: RawGroup,
    reading: "_Reading",
    source: str,
    versions: Mapping[str, str],
    group_before: Future[list[Manifest]] | None,
) -> list[Manifest]:
    def history_before() -> History | None:
        if group_before is not None:
            group_before.result()
        return group.history_before()

    days = [day.day for day in group.days]
    return list(write_raw_days(settings, days, reading.contents(group.pieces), source, versions, history_before))


@dataclass(frozen=True)
class _Reading:
    """How pieces of blocks are read, parsed and proven."""

    settings: Settings
    read: ReadBlocks
    parsers: Executor

    def contents(self, pieces: Sequence[Sequence[Header]]) -> Iterator[Contents]:
        """The contents of some pieces, in order; as many are read ahead as there are threads."""
        waiting: deque[Future[Contents]] = deque()
        try:
            for piece in pieces:
                waiting.append(self.parsers.submit(_contents, piece, self.read, self.settings))
                if len(waiting) > self.settings.threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for piece in waiting:
                piece.cancel()


def _contents(headers: Sequence[Header], read: ReadBlocks, settings: Settings) -> Contents:
    """Read, parse and prove the blocks of some headers.

    Raises:
        DisprovenError: the bytes are no block, or not the block of the header.
    """
    data, starts, lengths = read(headers)
    heights = np.array([header.height for header in headers], dtype=np.int64)
    try:
        parsed = parse_blocks(data, starts, lengths, heights)
    except DamagedBlockError as error:
        header = headers[error.number]
        raise DisprovenError(f"Block {header.height} ({header.hash}) {error.fault}.") from None
    hashes = [row.tobytes().hex() for row in parsed.columns.hashes]
    for header, found in zip(headers, hashes, strict=True):
        if header.hash != found:
            raise DisprovenError(
                f"Block {header.height} was asked for by the hash {header.hash}, but the bytes that came have the hash "
                f"{found}."
            )
    for header, count in zip(headers, parsed.columns.transaction_counts, strict=True):
        require_transaction_count(header, int(count))
    medians = np.array([header.median_time for header in headers], dtype=np.int64)
    return prove_parsed(parsed, medians, settings.proof, load_parameters(settings.resolved_chain).segwit_height)
