"""The sample chain as a whole: its plan, its headers, and its days staged for the writer of raw days."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cached_property

import duckdb
import numpy as np

from dagster_project.chain.parameters import ChainParameters, load_parameters
from dagster_project.sample.plan import DEFAULT_PLAN, Plan
from dagster_project.sample.rows import stage
from dagster_project.sample.scripts import AddressForm
from dagster_project.sample.simulation import Day, Simulation
from dagster_project.sample.timeline import Pace, Timeline, make_timeline
from dagster_project.settings import Chain

EPOCH = date(1970, 1, 1)
STAGED_ROWS = 400_000  # at once: about 1 GB at its peak, and fewer rows are slower
FIRST_TARGET = 0x04864C << (8 * (0x1B - 3))  # difficulty 14,484
LAST_DAY_BLOCKS = 8  # enough to confirm the last complete day six times over


class SampleChain:
    """A synthetic chain, a pure function of its plan and of the row ``sample`` of ``seeds/chain_parameters.csv``."""

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

    @property
    def form(self) -> AddressForm:
        """How the chain writes addresses."""
        parameters = self.parameters
        return AddressForm(parameters.p2pkh_version, parameters.p2sh_version, parameters.bech32_prefix)

    def date(self, day: int) -> date:
        """The date of a day counted from block 0's."""
        return EPOCH + timedelta(days=self.timeline.first_day + day)

    def simulate(self) -> Iterator[Day]:
        """All days from the first on, the ones without blocks included; the last one is incomplete."""
        subsidy = [self.parameters.subsidy(height) for height in range(len(self.timeline.time))]
        return Simulation(self.plan, self.timeline, np.array(subsidy, dtype=np.int64)).days()

    def stage(self, con: duckdb.DuckDBPyConnection, first: int, last: int) -> Iterator[list[int]]:
        """Stage the days ``first`` ... ``last`` (counted from block 0's) in ``con``, some at a time, and yield which.

        Each time the tables ``staged_blocks`` and ``staged_transactions`` hold exactly the days yielded.
        """
        waiting: list[Day] = []
        rows = 0
        for day in self.simulate():
            if day.day > last:
                break
            if day.day < first:
                continue
            waiting.append(day)
            rows += len(day.rows.account) + len(day.rows.input_index)
            if rows >= STAGED_ROWS:
                yield self._stage(con, waiting)
                waiting, rows = [], 0
        if waiting:
            yield self._stage(con, waiting)

    def _stage(self, con: duckdb.DuckDBPyConnection, days: list[Day]) -> list[int]:
        stage(con, self.plan, self.form, self.timeline, days)
        return [day.day for day in days]
