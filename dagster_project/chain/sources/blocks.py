"""The block files of a node as a source, read without the node."""

from collections.abc import Iterator, Sequence
from datetime import date
from importlib.metadata import version

import numpy as np

from dagster_project.blocks.consensus import MEDIAN_SPAN, Calendar, Header
from dagster_project.blocks.difficulty import History, Rules, next_history
from dagster_project.blocks.parameters import load_parameters
from dagster_project.blocks.parse import parse_headers
from dagster_project.blocks.sha256 import Bytes, Integers
from dagster_project.blocks.walk import HEADER_BYTES
from dagster_project.chain.sources.base import INCOMPLETE, WHAT, Tip, consecutive, groups
from dagster_project.chain.sources.block_files import SETTING, BestChain, BlockFiles, median_times
from dagster_project.chain.sources.of_calendar import OfCalendar
from dagster_project.chain.sources.raw_groups import RAW_TOOLS, RawGroup, pieces_of, write_groups
from dagster_project.chain.sources.stale import stale_days
from dagster_project.errors import SatledgerError
from dagster_project.inputs.intake import Intake
from dagster_project.lake.manifest import Manifest
from dagster_project.lake.staging import readable_errors
from dagster_project.progress import Report, silent
from dagster_project.settings import Settings, Source

# Days are written in groups of about this many transactions: small days share the cost of starting a group, and a day
# of today's chain is a group of its own.
GROUP_TRANSACTIONS = 50_000


class BlocksSource(OfCalendar["FileHeaders"]):
    """A folder with ``blk*.dat``; it satisfies ``sources.base.Source``.

    The files may be those of a running node. Blocks that it adds meanwhile are seen by the next source that is opened.

    Raises:
        SatledgerError: there is no such folder, or its files hold no whole chain.
    """

    def __init__(self, settings: Settings) -> None:
        if settings.blocks is None:
            raise SatledgerError(f"{SETTING} is not set: point it to the folder `blocks` in the node's data folder.")
        self._settings = settings
        self._parameters = load_parameters(settings.resolved_chain)
        self._intake = Intake(WHAT, settings.blocks, SETTING)
        self._files = BlockFiles(settings.blocks, self._parameters, self._intake)
        self._chain = FileHeaders(self._files.best_chain())
        self._calendar = Calendar(self._chain, settings.min_confirmations)
        self._count(self._chain.best)

    @property
    def name(self) -> str:
        """The source's name as in ``SATLEDGER_SOURCE``."""
        return Source.BLOCKS.value

    @property
    def intake(self) -> Intake:
        """What was taken of the files, and what was skipped; known from the start."""
        return self._intake

    def _count(self, best: BestChain) -> None:
        """Report the blocks of the best chain to the intake."""
        last = self._calendar.last_complete_day()
        complete = self._calendar.heights(last, last).stop if last else 0
        for part, reason in ((best.file_numbers[:complete], ""), (best.file_numbers[complete:], INCOMPLETE)):
            for number, count in zip(*np.unique(part, return_counts=True), strict=True):
                path = best.files[int(number)]
                if reason:
                    self._intake.leave(path, reason, int(count))
                else:
                    self._intake.take(path, int(count))

    def tip(self) -> Tip:
        """The last block of the best chain in the files."""
        tip = self._chain.tip()
        return Tip(tip.height, tip.hash, tip.median_time)

    def first_day(self) -> date:
        """The first day of the calendar."""
        return self._calendar.first_day()

    def last_complete_day(self) -> date | None:
        """The last day that the files complete, or None."""
        return self._calendar.last_complete_day()

    def last_hash(self, day: date) -> str:
        """Hash of the last block up to the end of a complete day."""
        return self._calendar.last_hash(day)

    def stale_days(self, held: Sequence[Manifest]) -> list[date]:
        """Held days that a reorganisation has replaced, or that are no longer complete."""
        return stale_days(self._chain, self._calendar, held, self._settings.raw)

    def extract(self, days: Sequence[date], report: Report = silent) -> Iterator[Manifest]:
        """Write raw days into the lake, in order, and yield the manifest of each once it is written.

        Raises:
            IncompleteDayError: a day is not complete yet, or lies before the first; nothing is written then.
            SourceChangedError: the files do not continue what the lake holds.
            SatledgerError: a file is damaged, or a block is not what it says.
        """
        ranges = list(consecutive(days))
        total = sum(len(self._calendar.heights(first, last)) for first, last in ranges)
        versions = {name: version(name) for name in RAW_TOOLS}
        with readable_errors(self._settings):
            yield from write_groups(
                self._settings, self._groups(ranges), self._read, self.name, versions, report, total
            )

    def _groups(self, ranges: Sequence[tuple[date, date]]) -> Iterator[RawGroup]:
        rules = self._parameters.rules
        for group in groups(self._calendar, ranges, GROUP_TRANSACTIONS):
            headers = [header for day in group for header in day.headers]
            sizes = self._chain.best.sizes[[header.height for header in headers]].tolist()
            first = headers[0].height if headers else 0
            yield RawGroup(group, pieces_of(headers, sizes), lambda first=first: self._chain.history(first - 1, rules))

    def _read(self, headers: Sequence[Header]) -> tuple[Bytes, Integers, Integers]:
        return self._files.read(self._chain.best, headers[0].height, headers[-1].height)


class FileHeaders:
    """The headers of the best chain in block files; it satisfies ``consensus.HeaderChain``."""

    def __init__(self, best: BestChain) -> None:
        self.best = best
        starts = np.arange(len(best.headers), dtype=np.int64) * HEADER_BYTES
        fields = parse_headers(best.headers.reshape(-1), starts)
        self._times, self._bits = fields["time"], fields["bits"]
        self._median_times = median_times(self._times, MEDIAN_SPAN)

    def lowest(self) -> int:
        """Files are read from block 0 on."""
        return 0

    def highest(self) -> int:
        """The height of the last block."""
        return len(self.best.hashes) - 1

    def tip(self) -> Header:
        """The last block."""
        return self._header(self.highest())

    def headers(self, first: int, last: int) -> Sequence[Header]:
        """The headers of some heights, both ends included."""
        return [self._header(height) for height in range(first, last + 1)]

    def history(self, height: int, rules: Rules) -> History | None:
        """What the rules need to know of the block at a height and its ancestors; None below block 0."""
        history = None
        first = max(min(height - height % rules.interval, height - MEDIAN_SPAN + 1), 0)
        for number in range(first, height + 1):
            name = self.best.hashes[number].tobytes().hex()
            history = next_history(rules, history, number, name, int(self._times[number]), int(self._bits[number]))
        return history

    def _header(self, height: int) -> Header:
        best = self.best
        previous = best.hashes[height - 1].tobytes().hex() if height else None
        return Header(
            height=height,
            hash=best.hashes[height].tobytes().hex(),
            previous_hash=previous,
            time=int(self._times[height]),
            median_time=int(self._median_times[height]),
            transactions=int(best.transactions[height]),
        )
