"""Unspent outputs as columns, and the pool that keeps each until the height at which it is spent."""

from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np

from dagster_project.sample.plan import NEVER

IntArray = np.ndarray[Any, np.dtype[np.int64]]
SmallArray = np.ndarray[Any, np.dtype[np.int32]]


@dataclass(frozen=True)
class Coins:
    """Unspent outputs, one per row."""

    transaction: IntArray  # number of the transaction; -1 - height for a coinbase
    output: SmallArray  # index of the output in it
    value: IntArray  # satoshi
    account: IntArray
    owner: SmallArray
    due: SmallArray  # height from which it may be spent

    def __len__(self) -> int:
        return len(self.value)

    def rows(self, choice: slice | np.ndarray) -> Self:
        """The rows of a mask, a slice or an index array."""
        return type(self)(**{field.name: getattr(self, field.name)[choice] for field in fields(self)})

    @classmethod
    def join(cls, parts: list["Coins"]) -> "Coins":
        """The rows of all parts, in order."""
        if not parts:
            return cls.none()
        return cls(
            **{field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)}
        )

    @classmethod
    def none(cls) -> "Coins":
        """No coins."""
        wide, small = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int32)
        return cls(wide, small, wide, wide, small, small)


class Pool:
    """All outputs that will be spent, split into those that are due soon and those that are due later.

    Outputs that are never spent are not kept, to save memory. The part that is due later is larger, and is only
    searched once per window.
    """

    def __init__(self, window: int, last_height: int) -> None:
        self._window = window
        self._last_height = last_height
        self._horizon = window
        self._near: list[Coins] = []
        self._far: list[Coins] = []
        self.waiting = 0  # number of coins that were due at the last call of ``take``

    def add(self, coins: Coins) -> None:
        """Keep coins until they are due."""
        near = coins.due < self._horizon
        self._near.append(coins.rows(near))
        self._far.append(coins.rows(~near & (coins.due <= self._last_height)))

    def take(self, height: int, limit: int, random: np.random.Generator) -> Coins:
        """Remove and return the coins that are due at a height, about ``limit`` at most; the rest is postponed.

        The youngest are taken first, up to half the limit, as most coins are spent soon. The rest is chosen at random,
        by owner, so that coins of one owner are still spent together.
        """
        if height >= self._horizon:
            self._horizon = height + self._window
            waiting = Coins.join(self._far)
            near = waiting.due < self._horizon
            self._near.append(waiting.rows(near))
            self._far = [waiting.rows(~near)]
        known = Coins.join(self._near)
        due = known.due <= height
        taken = known.rows(due)
        self._near = [known.rows(~due)]
        self.waiting = len(taken)
        excess = len(taken) - limit
        if excess <= 0:
            return taken
        born = np.where(taken.transaction < 0, 0, taken.transaction)
        young = born > np.partition(born, len(born) - limit // 2 - 1)[len(born) - limit // 2 - 1]
        owners, whose = np.unique(taken.owner, return_inverse=True)
        late = ~young & (random.random(len(owners))[whose] < excess / (len(taken) - young.sum()))
        delayed = taken.rows(late)
        delay = later(random, len(owners), 3.0 * self._window)[whose[late]]
        self.add(Coins(**{**vars(delayed), "due": np.minimum(delay + height + 1, NEVER).astype(np.int32)}))
        return taken.rows(~late)


def later(random: np.random.Generator, count: int, median: float | np.ndarray) -> IntArray:
    """Waiting times in blocks, log-logistic: half are below the median, and 1 in 100 is above 99 times the median."""
    draw = random.random(count)
    return np.minimum(median * draw / (1.0 - draw), float(NEVER)).astype(np.int64)
