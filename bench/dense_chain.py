"""A sample chain of two quarters: in the first one outputs pile up, in the second one users spend as usual.

So the keyframe between them is large and the second quarter is dense. For a keyframe of that size the sample chain
alone would need many times the entries.
"""

from collections import defaultdict
from itertools import pairwise

import numpy as np

from dagster_project.sample.coins import Coins, IntArray
from dagster_project.sample.generate import SampleChain
from dagster_project.sample.plan import NEVER, Plan
from dagster_project.sample.simulation import MATURITY, Rows, Simulation, in_block_order, places
from dagster_project.sample.timeline import Timeline

FIRST_QUARTER, SECOND_QUARTER = 90, 91  # days of the first half of 2022, where sample chains begin
PILED_SHARE = 0.3  # of all entries
PILED_TOGETHER = 200  # outputs of a transaction that piles up
SPENT_SHARE = 0.4  # of the outputs piled up: spent in the second quarter; the other ones never are
LEAST_FUNDS = 10**5  # satoshi of a coinbase's output that is divided


class DenseSimulation(Simulation):
    """First transactions of one input and many outputs to users, from what miners earn; then the sample chain's own."""

    def __init__(self, plan: Plan, timeline: Timeline, subsidy: IntArray) -> None:
        super().__init__(plan, timeline, subsidy)
        busy = np.bincount(self.timeline.day).astype(np.float64)
        busy[:FIRST_QUARTER] = 0.0
        self._planned = np.cumsum(busy) * (self.plan.entries * (1 - PILED_SHARE) / busy[: self.plan.days].sum())
        self._piled_a_day = int(self.plan.entries * PILED_SHARE) // FIRST_QUARTER
        self._funds: list[Coins] = []
        self._sheets = Coins.none()  # each is divided into outputs to users the next day
        self._released: dict[int, list[Coins]] = defaultdict(list)  # outputs piled up, by the day when they are spent

    def _live(self, day: int, heights: range) -> Rows:
        if day < FIRST_QUARTER and heights:
            return self._pile_up(day, heights)
        if heights and day >= FIRST_QUARTER:
            for coins in [*self._released.pop(day, []), *self._funds, self._sheets]:
                self._pool.add(Coins(**{**vars(coins), "due": np.maximum(coins.due, heights.start).astype(np.int32)}))
            self._funds, self._sheets = [], Coins.none()
        return super()._live(day, heights)

    def _pile_up(self, day: int, heights: range) -> Rows:
        random = self.plan.random(3, day)
        rows, fee = self._divide(heights, random)
        fees = np.zeros(len(heights), dtype=np.int64)
        np.add.at(fees, rows.height - heights.start, fee)
        return in_block_order([self._coinbases(day, np.array(heights, dtype=np.int64), fees, random), rows])

    def _divide(self, heights: range, random: np.random.Generator) -> tuple[Rows, IntArray]:
        """Divide miners' coins into sheets, and yesterday's sheets into outputs to users."""
        known = Coins.join(self._funds)
        ripe = known.due <= heights.start
        funds, self._funds = known.rows(ripe), [known.rows(~ripe)]
        coins = Coins.join([funds, self._sheets])
        order = random.permutation(len(coins))
        coins, makes_sheets = coins.rows(order), order < len(funds)
        of_fund = -(-self._piled_a_day // PILED_TOGETHER // max(len(funds), 1))
        counts = np.where(makes_sheets, of_fund, PILED_TOGETHER)
        paid = np.repeat(np.arange(len(coins)), counts)
        value = coins.value[paid] // counts[paid]
        payees = self._wallets.users(self._wallets.popular_users(len(paid), random), random)
        number = self._transactions + np.arange(len(coins))
        self._transactions += len(coins)
        height = heights.start + np.sort(random.integers(0, len(heights), len(coins)))
        nothing = np.zeros(len(coins), dtype=np.int64)
        rows = Rows(
            transaction=number,
            height=height,
            index=nothing,
            input_transaction=number,
            input_index=nothing,
            spent_transaction=coins.transaction,
            spent_output=coins.output.astype(np.int64),
            spent_account=coins.account,
            output_transaction=number[paid],
            output_index=places(paid),
            account=payees.account,
            value=value,
        )
        made = Coins(
            rows.output_transaction,
            rows.output_index.astype(np.int32),
            value,
            payees.account,
            payees.owner,
            height[paid].astype(np.int32),
        )
        self._sheets = made.rows(makes_sheets[paid])
        self._release(made.rows(~makes_sheets[paid]), random)
        fee = coins.value - np.bincount(paid, weights=value, minlength=len(coins)).astype(np.int64)
        return rows, fee

    def _release(self, piled: Coins, random: np.random.Generator) -> None:
        """Keep some of the outputs until a random day of the second quarter."""
        kept = piled.rows(random.random(len(piled)) < SPENT_SHARE)
        day = FIRST_QUARTER + random.integers(0, SECOND_QUARTER, len(kept))
        order = np.argsort(day, kind="stable")
        bounds = np.searchsorted(day[order], FIRST_QUARTER + np.arange(SECOND_QUARTER + 1))
        for number, (first, last) in enumerate(pairwise(bounds)):
            self._released[FIRST_QUARTER + number].append(kept.rows(order[first:last]))

    def _keep(self, rows: Rows, owner: np.ndarray, due: np.ndarray) -> None:
        """Coinbases of the first quarter are divided; everything else is the sample chain's."""
        if not len(rows.height) or rows.transaction[0] >= 0 or self.timeline.day[rows.height[0]] >= FIRST_QUARTER:
            super()._keep(rows, owner, due)
            return
        ripe = np.where(due < NEVER, rows.height[-1] + MATURITY, NEVER)
        coins = Coins(
            rows.output_transaction, rows.output_index.astype(np.int32), rows.value, rows.account, owner, ripe
        )
        self._funds.append(coins.rows((coins.value >= LEAST_FUNDS) & (ripe < NEVER)))


class DenseChain(SampleChain):
    """A sample chain that is simulated by ``DenseSimulation``."""

    simulation = DenseSimulation
