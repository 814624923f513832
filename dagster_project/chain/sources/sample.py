"""The sample chain as a source of raw days."""

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from datetime import date, timedelta

import numpy as np

from dagster_project.blocks.consensus import hour_end
from dagster_project.blocks.parameters import load_parameters
from dagster_project.blocks.sha256 import Integers
from dagster_project.chain.sources.base import WHAT, Tip, consecutive
from dagster_project.days import Days
from dagster_project.errors import IncompleteDayError, SatledgerError
from dagster_project.inputs.intake import Intake
from dagster_project.lake.contents import prove_fields
from dagster_project.lake.manifest import Manifest
from dagster_project.lake.next_hour import day_begun, first_hour
from dagster_project.lake.staging import readable_errors, scratch_folder
from dagster_project.lake.write import write_raw_days
from dagster_project.progress import Report, silent
from dagster_project.sample.generate import SampleChain
from dagster_project.sample.plan import DEFAULT_PLAN, Plan
from dagster_project.settings import Chain, Settings, Source

GENERATOR = "satledger sample chain"  # among the tools of a manifest


class SampleSource:
    """Our own synthetic chain; it satisfies ``chain.sources.base.Source``.

    Raises:
        SatledgerError: the chain asked for is not the sample chain.
    """

    def __init__(
        self, settings: Settings, plan: Plan = DEFAULT_PLAN, kind: Callable[[Plan], SampleChain] = SampleChain
    ) -> None:
        if settings.resolved_chain is not Chain.SAMPLE:
            raise SatledgerError(
                f"The source sample has the chain sample only, not {settings.resolved_chain}: set SATLEDGER_CHAIN to "
                "sample, or SATLEDGER_SOURCE to another source."
            )
        self._settings = settings
        self._chain = kind(plan)

    @property
    def name(self) -> str:
        """The source's name as in ``SATLEDGER_SOURCE``."""
        return Source.SAMPLE.value

    @property
    def intake(self) -> Intake:
        """Nothing: there are no files."""
        return Intake(WHAT)

    def tip(self) -> Tip:
        """The last block of the chain, without its hash: to know that, the whole chain would have to be made."""
        height = len(self._chain.timeline.time) - 1
        return Tip(height, "", int(self._chain.timeline.median_time[height]))

    def first_day(self) -> date:
        """The day of block 0."""
        return self._chain.date(0)

    def last_complete_day(self) -> date | None:
        """The last day whose successor has a block with ``min_confirmations`` blocks on top, or None."""
        begun, times = day_begun(self._settings), self._chain.timeline.median_time
        if begun and int(times[-1]) > hour_end(begun):
            return begun
        confirmed = len(times) - 1 - self._settings.min_confirmations
        if confirmed < 0:
            return None
        later = int(self._chain.timeline.day[confirmed])
        return self._chain.date(later - 1) if later > 0 else None

    def last_hash(self, day: date) -> str:
        """A replacement for the hash of a day's last block: the plan and the day determine the chain so far."""
        return f"of {self._chain.plan.text}, {day}"

    def stale_days(self, held: Sequence[Manifest]) -> list[date]:
        """Held days that are not of this chain (another seed or size), or that are no longer complete."""
        last = self.last_complete_day()
        return [manifest.day for manifest in held if last is None or manifest.day > last or not self.has(manifest)]

    def begun(self, day: date) -> "SampleSource":
        """The same source, for which a day ends after its first hour."""
        hourly = copy(self)
        hourly._settings = first_hour(self._settings, day)
        return hourly

    def extract(self, days: Sequence[date], report: Report = silent) -> Iterator[Manifest]:
        """Write the raw days asked for into the lake, in order, and yield the manifest of each once it is written.

        The chain is made anew from its first block, whichever days are asked for.

        Raises:
            IncompleteDayError: a day is not complete, or lies before the first; nothing is written then.
            SatledgerError: the days cannot be written.
        """
        wanted = set(days)
        if not wanted:
            return
        last = self.last_complete_day()
        for day in sorted(wanted):
            if last is None or not self.first_day() <= day <= last:
                raise IncompleteDayError(
                    f"The sample chain has no complete day {day}: ask for days from {self.first_day()} to {last}."
                )
        first = self.first_day()
        blocks = sum(len(self._chain.timeline.heights((day - first).days)) for day in wanted)
        segwit_height = load_parameters(self._settings.resolved_chain).segwit_height
        done = 0
        report("making the sample chain", done, blocks)
        with scratch_folder(self._settings) as scratch, readable_errors(self._settings):
            versions = {GENERATOR: self._chain.plan.text}
            made = self._chain.blocks((min(wanted) - first).days, (max(wanted) - first).days, scratch)
            for numbers, columns in made:
                contents = []
                if columns is not None:
                    median_times = self._chain.timeline.median_time[columns.heights]
                    proven = prove_fields(columns, median_times, self._settings.proof, segwit_height)
                    contents = [proven.part(0, self._blocks_before_end(median_times))]
                ready = [day for day in map(self._chain.date, numbers) if day in wanted]
                for start, end in consecutive(ready):
                    days = list(Days(start, end))
                    for manifest in write_raw_days(self._settings, days, contents, self.name, versions):
                        done += manifest.blocks
                        report("making the sample chain", done, blocks)
                        yield manifest

    def _blocks_before_end(self, median_times: Integers) -> int:
        """How many blocks of a piece come before the end of the day that ends after its first hour, if there is one."""
        begun = day_begun(self._settings)
        return int(np.searchsorted(median_times, hour_end(begun))) if begun else len(median_times)

    def has(self, held: Manifest) -> bool:
        """Whether a held day is this chain's.

        The plan in its manifest decides: to compare hashes, the whole chain would have to be made.
        """
        heights = self._chain.timeline.heights((held.day - self.first_day()).days)
        if held.day == day_begun(self._settings):
            heights = heights[: self._blocks_before_end(self._chain.timeline.median_time[heights.start : heights.stop])]
        ends = (heights[0], heights[-1]) if heights else (None, None)
        held_ends = (held.first_height, held.last_height)
        return held.versions.get(GENERATOR) == self._chain.plan.text and held_ends == ends


def generate(
    settings: Settings, plan: Plan, kind: Callable[[Plan], SampleChain] = SampleChain, report: Report = silent
) -> Iterator[Manifest]:
    """Write all complete days of a sample chain of any size into an empty lake, and yield their manifests.

    Memory depends on the number of outputs still to be spent, not on the length of the chain. ``kind`` makes the chain
    of the plan: benchmarks have chains whose coins are spent in another way.

    Raises:
        SatledgerError: the chain of the settings is not the sample chain, or the days cannot be written.
    """
    source = SampleSource(settings, plan, kind)
    last = source.last_complete_day()
    if last is not None:
        days = (last - source.first_day()).days + 1
        yield from source.extract([source.first_day() + timedelta(days=day) for day in range(days)], report)
