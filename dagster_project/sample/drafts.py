"""Transactions of one round before they have numbers: the coins that each spends, and its outputs."""

from dataclasses import dataclass

import numpy as np

from dagster_project.sample.coins import Coins, IntArray
from dagster_project.sample.wallets import Payees, Role, Wallets

# By role, the probability that a wallet's next coin starts a new transaction instead of joining the previous coins.
SPLIT = np.array([0.40, 0.04, 0.5, 1.0, 0.7])


@dataclass(frozen=True)
class Wads:
    """Wads: groups of coins of one owner, each spent by one transaction; the coins are sorted by wad."""

    coins: Coins
    first: IntArray  # row of the wad's first coin
    size: IntArray
    value: IntArray
    owner: IntArray
    role: IntArray

    def __len__(self) -> int:
        return len(self.first)


@dataclass(frozen=True)
class Outputs:
    """Outputs of draft transactions, one per row."""

    draft: IntArray
    payees: Payees
    value: IntArray

    @classmethod
    def join(cls, parts: list["Outputs"]) -> "Outputs":
        """The rows of all parts, in order."""
        return cls(
            np.concatenate([part.draft for part in parts]),
            Payees(
                np.concatenate([part.payees.owner for part in parts]),
                np.concatenate([part.payees.account for part in parts]),
            ),
            np.concatenate([part.value for part in parts]),
        )


def make_wads(coins: Coins, hunger: float, wallets: Wallets, random: np.random.Generator) -> Wads:
    """Group coins by owner, and split groups at random; a larger ``hunger`` (see ``pay_counts``) gives more groups."""
    coins = coins.rows(np.lexsort((random.random(len(coins)), coins.owner)))
    role = wallets.role(coins.owner)
    starts = random.random(len(coins)) < SPLIT[role] * hunger
    starts[:1] = True
    starts[1:] |= coins.owner[1:] != coins.owner[:-1]
    first = np.flatnonzero(starts)
    return Wads(
        coins=coins,
        first=first,
        size=np.diff(np.append(first, len(coins))),
        value=np.add.reduceat(coins.value, first) if len(first) else np.empty(0, dtype=np.int64),
        owner=coins.owner[first].astype(np.int64),
        role=role[first],
    )


def some(count: float, random: np.random.Generator) -> int:
    """A random integer with the mean ``count``."""
    return int(count + random.random())


def coinjoins(wads: Wads, free: IntArray, wallets: Wallets, random: np.random.Generator) -> tuple[IntArray, Outputs]:
    """CoinJoin-like transactions: 5 to 8 users each get the same amount, and their change.

    Returns the wads that are used, each with the number of its transaction's draft (one of its wads), and the outputs.
    """
    able = free[(wads.role[free] == Role.USER) & (wads.value[free] >= 2_000_000) & (wads.size[free] <= 3)]
    able = able[np.argsort(random.random(len(able)), kind="stable")]
    sizes = random.integers(5, 9, some(len(able) * 0.003, random))
    sizes = sizes[np.cumsum(sizes) <= len(able)]
    members = able[: sizes.sum()]
    starts = np.cumsum(sizes) - sizes
    draft = np.repeat(members[starts], sizes)
    value = wads.value[members]
    least = np.minimum.reduceat(value, starts) if len(starts) else value
    amount = np.repeat(least * 9 // 10 // 100_000 * 100_000, sizes)
    fee = random.integers(300, 2_000, len(members))
    owner = wads.owner[members].astype(np.int32)
    equal = Outputs(draft, wallets.fresh_users(owner), amount)
    change = Outputs(draft, wallets.fresh_users(owner), value - amount - fee)
    return np.stack([members, draft]), Outputs.join([equal, change])


def mixed(wads: Wads, free: IntArray, wallets: Wallets, random: np.random.Generator) -> tuple[IntArray, Outputs]:
    """Transactions that combine a deposit and a withdrawal: a user and an exchange's hot wallet both spend and receive.

    Returns the same as ``coinjoins``.
    """
    rich = free[wads.value[free] >= 1_000_000]
    users, hot = rich[wads.role[rich] == Role.USER], rich[wads.role[rich] == Role.HOT]
    pairs = min(some(0.04 * min(len(users), len(hot)), random), len(users), len(hot))
    users = users[np.argsort(random.random(len(users)), kind="stable")][:pairs]
    hot = hot[np.argsort(random.random(len(hot)), kind="stable")][:pairs]
    deposit = wads.value[users] // 1000 * random.integers(100, 950, pairs)
    withdrawal = wads.value[hot] // 1000 * random.integers(1, 500, pairs)
    fee = np.minimum(random.integers(500, 5_000, pairs), wads.value[hot] // 4)
    other = wallets.popular_users(pairs, random)
    receiver = np.where(random.random(pairs) < 0.5, wads.owner[users], other)
    exchange = wallets.exchange(wads.owner[hot].astype(np.int32))
    outputs = [
        Outputs(hot, wallets.hot(exchange, random), wads.value[hot] + deposit - withdrawal - fee),
        Outputs(hot, wallets.fresh_users(wads.owner[users].astype(np.int32)), wads.value[users] - deposit),
        Outputs(hot, wallets.users(receiver, random), withdrawal),
    ]
    return np.stack([np.concatenate([users, hot]), np.concatenate([hot, hot])]), Outputs.join(outputs)
