"""The simulation of a sample chain: a loop over days and rounds, with numpy for the transactions of each round."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dagster_project.sample.coinbases import coinbases
from dagster_project.sample.coins import Coins, IntArray, Pool
from dagster_project.sample.drafts import Outputs, coinjoins, make_wads, mixed
from dagster_project.sample.payments import payments
from dagster_project.sample.plan import NEVER, Plan
from dagster_project.sample.timeline import Timeline
from dagster_project.sample.wallets import Wallets

MATURITY = 100  # blocks before a coinbase's output may be spent
COINBASE_ENTRIES = 4  # per block, on average


@dataclass(frozen=True)
class Rows:
    """Transactions as columns. A transaction is identified by its number, a coinbase by -1 - height."""

    transaction: IntArray
    height: IntArray
    index: IntArray  # position in the block
    input_transaction: IntArray  # the transaction that spends; rows in order of input index
    input_index: IntArray
    spent_transaction: IntArray
    spent_output: IntArray
    spent_account: IntArray
    output_transaction: IntArray  # rows in order of output index
    output_index: IntArray
    account: IntArray
    value: IntArray


@dataclass(frozen=True)
class Day:
    """All transactions of the blocks of one day, counted from the day of block 0."""

    day: int
    heights: range
    rows: Rows


def places(groups: IntArray) -> IntArray:
    """The position of each row within its group; equal groups must be neighbours."""
    starts = np.flatnonzero(np.append(True, groups[1:] != groups[:-1])) if len(groups) else groups
    sizes = np.diff(np.append(starts, len(groups)))
    return np.arange(len(groups)) - np.repeat(starts, sizes)


class Simulation:
    """Generates the days of a chain in order, from the first."""

    def __init__(self, plan: Plan, timeline: Timeline, subsidy: IntArray) -> None:
        self.plan = plan
        self.timeline = timeline
        self.entries = 0  # made so far, coinbases not counted
        self._subsidy = subsidy
        self._wallets = Wallets(plan)
        self._pool = Pool(8 * plan.blocks_per_day, len(timeline.time) - 1)
        self._transactions = 0
        self._spent = 0
        busy = np.bincount(timeline.day).astype(np.float64)
        days = np.arange(len(busy))
        weekend = (days + timeline.first_day + 3) % 7 >= 5
        activity = busy * (0.6 + 0.8 * days / len(days)) * np.where(weekend, 0.8, 1.0)
        beside_coinbases = max(plan.entries - COINBASE_ENTRIES * len(timeline.day), plan.entries // 3)
        self._planned = np.cumsum(activity) * (beside_coinbases / activity[: plan.days].sum())

    def days(self) -> Iterator[Day]:
        """All days, including those without blocks; the last one is incomplete."""
        for day in range(int(self.timeline.day[-1]) + 1):
            heights = self.timeline.heights(day)
            yield Day(day, heights, self._live(day, heights))

    def _live(self, day: int, heights: range) -> Rows:
        """One day: rounds of spending, then the coinbases, which claim the fees."""
        random = self.plan.random(2, day)
        rounds = min(self.plan.batches_per_day, len(heights))
        parts = []
        for turn in range(rounds):
            low = heights[turn * len(heights) // rounds]
            high = heights[min((turn + 1) * len(heights) // rounds, len(heights) - 1)]
            before = self._planned[day - 1] if day else 0.0
            planned = before + (self._planned[day] - before) * (turn + 1) / rounds
            part, fee = self._round(day, low, high, planned, (self._planned[day] - before) / rounds, random)
            parts.append((part, fee))
        fees = np.zeros(len(heights), dtype=np.int64)
        for part, fee in parts:
            np.add.at(fees, part.height - heights.start, fee)
        block_rows = self._coinbases(day, np.array(heights, dtype=np.int64), fees, random)
        return in_block_order([block_rows, *(part for part, _ in parts)])

    def _round(
        self, day: int, low: int, high: int, planned: float, usual: float, random: np.random.Generator
    ) -> tuple[Rows, IntArray]:
        """Spend the coins due at ``low`` in blocks ``low`` to ``high``; return the rows and each transaction's fee."""
        # About a third of all entries are inputs; the estimate improves with the entries made so far.
        share_of_inputs = (self._spent + 9_000) / (self.entries + 25_000)
        wanted = min(max(planned - self.entries, 0.3 * usual), 1.5 * usual) * share_of_inputs
        coins = self._pool.take(low, max(int(wanted), 2), random)
        hunger = min(max(wanted / max(self._pool.waiting, 1), 0.25), 4.0)
        room = max(int(2.0 * (wanted - len(coins))), 0)
        wads = make_wads(coins, hunger, self._wallets, random)
        free = np.arange(len(wads))
        draft_of = free.copy()
        made = []
        for combine in (coinjoins, mixed):
            (taken, draft), outputs = combine(wads, free, self._wallets, random)
            draft_of[taken] = draft
            made.append(outputs)
            free = np.setdiff1d(free, taken, assume_unique=True)
        made.append(payments(wads, free, day, hunger, room, self._wallets, random))
        outputs = Outputs.join(made)

        drafts, of_wad = np.unique(draft_of, return_inverse=True)
        shuffle = random.permutation(len(drafts))
        place = shuffle[of_wad]  # position of each wad's transaction in the round
        height = low + np.sort(random.integers(0, high - low + 1, len(drafts)))
        number = self._transactions + np.arange(len(drafts))
        self._transactions += len(drafts)

        spender = np.repeat(place, wads.size)
        order = np.argsort(spender, kind="stable")
        spender, coins = spender[order], wads.coins.rows(order)
        payer = shuffle[np.searchsorted(drafts, outputs.draft)]
        order = np.lexsort((random.random(len(payer)), payer))
        payer = payer[order]
        payees = type(outputs.payees)(outputs.payees.owner[order], outputs.payees.account[order])
        value = outputs.value[order]
        rows = Rows(
            number,
            height,
            np.zeros(len(number), dtype=np.int64),
            number[spender],
            places(spender),
            coins.transaction,
            coins.output.astype(np.int64),
            coins.account,
            number[payer],
            places(payer),
            payees.account,
            value,
        )
        due = self._wallets.due(payees, height[payer], random)
        self._keep(rows, payees.owner, due)
        fee = np.zeros(len(number), dtype=np.int64)
        np.add.at(fee, spender, coins.value)
        np.subtract.at(fee, payer, value)
        self._spent += len(spender)
        self.entries += len(spender) + len(payer) + len(number)
        return rows, fee

    def _coinbases(self, day: int, heights: IntArray, fees: IntArray, random: np.random.Generator) -> Rows:
        """The coinbases of a day's blocks."""
        share = day / self.plan.days
        outputs = coinbases(heights, self._subsidy[heights], fees, share, self._wallets, random)
        order = np.argsort(outputs.draft, kind="stable")
        block, value = outputs.draft[order], outputs.value[order]
        payees = type(outputs.payees)(outputs.payees.owner[order], outputs.payees.account[order])
        nothing = np.empty(0, dtype=np.int64)
        rows = Rows(
            -1 - heights,
            heights,
            np.zeros(len(heights), dtype=np.int64),
            nothing,
            nothing,
            nothing,
            nothing,
            nothing,
            -1 - heights[block],
            places(block),
            payees.account,
            value,
        )
        due = self._wallets.due(payees, heights[block] + MATURITY, random)
        due[heights[block] == 0] = NEVER  # as on mainnet, where block 0's output is not spendable
        self._keep(rows, payees.owner, due)
        return rows

    def _keep(self, rows: Rows, owner: np.ndarray, due: np.ndarray) -> None:
        """Put new outputs into the pool."""
        output = rows.output_index.astype(np.int32)
        self._pool.add(Coins(rows.output_transaction, output, rows.value, rows.account, owner, due))


def in_block_order(parts: list[Rows]) -> Rows:
    """All rows of a day, with transactions ordered by height and position in the block (the coinbase is first)."""
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in Rows.__dataclass_fields__}
    order = np.lexsort((joined["transaction"], joined["height"]))
    for name in ("transaction", "height"):
        joined[name] = joined[name][order]
    joined["index"] = places(joined["height"])
    return Rows(**joined)
