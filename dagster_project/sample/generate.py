"""The sample chain as a whole: its plan, its headers and its blocks."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import numpy as np

from dagster_project.blocks.columns import BlockColumns
from dagster_project.blocks.parameters import ChainParameters, load_parameters
from dagster_project.sample.columns import Ledger
from dagster_project.sample.plan import DEFAULT_PLAN, Plan
from dagster_project.sample.simulation import Day, Simulation
from dagster_project.sample.timeline import Pace, Timeline, make_timeline
from dagster_project.settings import Chain

EPOCH = date(1970, 1, 1)
GROUP_ROWS = 400_000  # inputs and outputs that are made at once
FIRST_TARGET = 0x04864C << (8 * (0x1B - 3))  # difficulty 14,484
LAST_DAY_BLOCKS = 8  # enough for six confirmations of the last complete day


class SampleChain:
    """A synthetic chain: a pure function of its plan and the row ``sample`` of ``seeds/chain_parameters.csv``."""

    simulation = Simulation  # what becomes of its coins

    def __init__(self, plan: Plan = DEFAULT_PLAN, parameters: ChainParameters | None = None) -> None:
        self.plan = plan
        self.parameters = parameters or load_parameters(Chain.SAMPLE)

    @cached_property
    def timeline(self) -> Timeline:
        """Heights, times and difficulties of all blocks."""
        plan = self.plan
        pace = Pace(plan.days, plan.blocks_per_day, self.parameters.retarget_interval, LAST_DAY_BLOCKS)
        gaps = ((plan.days // 3, 2), (2 * plan.days // 3, 1))  # two days without blocks, and one
        return make_timeline(pace, self.parameters.genesis_time, FIRST_TARGET, gaps, plan.random(1))

    def date(self, day: int) -> date:
        """The date of a day, counted from the day of block 0."""
        return EPOCH + timedelta(days=self.timeline.first_day + day)

    def simulate(self) -> Iterator[Day]:
        """All days in order, including those without blocks; the last one is incomplete."""
        subsidy = [self.parameters.subsidy(height) for height in range(len(self.timeline.time))]
        return self.simulation(self.plan, self.timeline, np.array(subsidy, dtype=np.int64)).days()

    def blocks(self, first: int, last: int, folder: Path) -> Iterator[tuple[list[int], BlockColumns | None]]:
        """The blocks of the days ``first`` ... ``last`` (counted from the day of block 0), in batches of days.

        Earlier blocks are computed too, because later ones depend on them.

        Args:
            first: the first day.
            last: the last day.
            folder: an empty folder for temporary files.

        Yields:
            Some days, and their blocks; None if these days have none.
        """
        with Ledger(self.plan, self.timeline, folder) as ledger:
            waiting: list[Day] = []
            rows = 0
            for day in self.simulate():
                if day.day > last:
                    break
                if day.day == first and waiting:
                    ledger.blocks(waiting)
                    waiting, rows = [], 0
                waiting.append(day)
                rows += len(day.rows.account) + len(day.rows.input_index)
                if rows >= GROUP_ROWS:
                    made = ledger.blocks(waiting)
                    if day.day >= first:
                        yield [each.day for each in waiting], made
                    waiting, rows = [], 0
            if waiting:
                yield [each.day for each in waiting], ledger.blocks(waiting)
