"""Payees, their accounts, and the heights at which they spend outputs."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np

from dagster_project.sample import accounts
from dagster_project.sample.accounts import WALLET_KINDS, Kind, Owners, Space, number
from dagster_project.sample.coins import IntArray, SmallArray, later
from dagster_project.sample.plan import EXCHANGE_COUNT, LATE_EXCHANGE, NEVER, POOL_COUNT, Plan

FloatArray = np.ndarray[Any, np.dtype[np.float64]]


class Role(IntEnum):
    """The type of an owner, which determines what is done with the coins."""

    USER = 0
    DEPOSIT = 1
    HOT = 2
    COLD = 3
    POOL = 4


MEDIAN_DAYS = np.array([0.8, 0.4, 0.25, 60.0, 2.0])  # until spent, by role
NEVER_SPENT = np.array([0.10, 0.0, 0.0, 0.0, 0.12])  # share, by role
POOL_KINDS = np.array(
    [Kind.P2PK_UNCOMPRESSED, Kind.P2PKH, Kind.P2WPKH, Kind.P2SH, Kind.P2WSH, Kind.P2SH, Kind.P2TR, Kind.P2PK],
    dtype=np.int64,
)


@dataclass(frozen=True)
class Payees:
    """Where outputs go."""

    owner: SmallArray
    account: IntArray


class Wallets:
    """The habits of all actors, and the number of addresses used so far."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.owners = Owners(plan)
        self._bounds = np.array([self.owners.deposit, self.owners.hot, self.owners.cold, self.owners.pool])
        self._fresh = 0
        self._odd = 0

    def role(self, owner: SmallArray) -> IntArray:
        """The roles of owners."""
        return np.searchsorted(self._bounds, owner, side="right")

    def exchange(self, owner: SmallArray) -> IntArray:
        """The exchange (0, 1, ...) that an owner belongs to; meaningless for users and pools."""
        return (owner - self.owners.deposit).astype(np.int64) % EXCHANGE_COUNT

    def fresh(self, count: int) -> IntArray:
        """Indexes of unused addresses."""
        first = self._fresh
        self._fresh += count
        return np.arange(first, first + count)

    def users(self, owner: IntArray, random: np.random.Generator) -> Payees:
        """Users as payees, at their own addresses."""
        account = accounts.receiving_accounts(self.plan, owner, self.fresh(len(owner)), random.random(len(owner)))
        return Payees(owner.astype(np.int32), account)

    def fresh_users(self, owner: SmallArray) -> Payees:
        """Users as payees, each at an unused address, even if they usually reuse theirs."""
        kind = WALLET_KINDS[accounts.habits(owner.astype(np.int64)) % len(WALLET_KINDS)]
        return Payees(owner, number(Space.ONCE, self.fresh(len(owner)), kind))

    def popular_users(self, count: int, random: np.random.Generator) -> IntArray:
        """Random users, weighted by popularity: the first n of N users have the share (n / N) ** (1 / 3)."""
        draw = random.random(count)
        return (draw * draw * draw * self.plan.users).astype(np.int64)

    def open_exchanges(self, count: int, day: int, random: np.random.Generator) -> IntArray:
        """Random exchanges, weighted by size; the late one is not open in the first quarter."""
        draw = random.random(count)
        chosen = (draw * (0.4 + 0.6 * draw) * EXCHANGE_COUNT).astype(np.int64)
        return np.where((chosen == LATE_EXCHANGE) & (day < self.plan.days // 4), 0, chosen)

    def deposits(self, exchange: IntArray, payer: IntArray) -> Payees:
        """The deposit addresses that exchanges gave to payers."""
        owner = (self.owners.deposit + exchange).astype(np.int32)
        return Payees(owner, accounts.deposit_accounts(self.plan, exchange, payer.astype(np.int64)))

    def hot(self, exchange: IntArray, random: np.random.Generator) -> Payees:
        """Hot wallets of exchanges."""
        account = accounts.hot_accounts(exchange, random.integers(0, 3, len(exchange)))
        return Payees((self.owners.hot + exchange).astype(np.int32), account)

    def cold(self, exchange: IntArray, random: np.random.Generator) -> Payees:
        """Cold wallets of exchanges."""
        account = accounts.cold_accounts(exchange, random.integers(0, 2, len(exchange)))
        return Payees((self.owners.cold + exchange).astype(np.int32), account)

    def pools(self, pool: IntArray, series: IntArray | int = 0) -> Payees:
        """Payout addresses of pools; a new series is a new address."""
        account = number(Space.POOL, pool + (np.asarray(series, dtype=np.int64) << 8), POOL_KINDS[pool])
        return Payees((self.owners.pool + pool).astype(np.int32), account)

    def odd(self, owner: SmallArray) -> Payees:
        """Scripts that no wallet makes, each kind in turn; ``owner`` spends those that are spendable."""
        index = np.arange(self._odd, self._odd + len(owner))
        self._odd += len(owner)
        # An oversized script is 20 kB of text, so it is only made in one of fifty rounds.
        turn = index % len(accounts.ODD_KINDS)
        kind = np.array(accounts.ODD_KINDS, dtype=np.int64)[turn]
        rare = (kind == Kind.OVERSIZED) & (index // len(accounts.ODD_KINDS) % 50 > 0)
        return Payees(owner, number(Space.ODD, index, np.where(rare, Kind.MULTISIG_1_OF_2, kind)))

    def data(self, owner: SmallArray, kind: Kind | IntArray) -> Payees:
        """OP_RETURN outputs, each with its own data."""
        return Payees(owner, number(Space.DATA, self.fresh(len(owner)), kind))

    def change(self, owner: SmallArray, spent: IntArray, random: np.random.Generator) -> Payees:
        """The payees of change; ``spent`` is an account that the payment came from.

        Deposit wallets are emptied into the exchange's hot wallet. Some users get change at the address they paid from.
        """
        role, exchange = self.role(owner), self.exchange(owner) % EXCHANGE_COUNT
        user = self.users(np.where(role == Role.USER, owner, 0).astype(np.int64), random)
        back = random.random(len(owner)) < 0.15
        hot, cold = self.hot(exchange, random), self.cold(exchange, random)
        pool = self.pools(np.clip(owner - self.owners.pool, 0, POOL_COUNT - 1).astype(np.int64))
        choices = [np.where(back, spent, user.account), hot.account, hot.account, cold.account, pool.account]
        holders = [owner, hot.owner, hot.owner, cold.owner, owner]
        return Payees(np.choose(role, holders).astype(np.int32), np.choose(role, choices))

    def due(self, payees: Payees, height: IntArray, random: np.random.Generator) -> SmallArray:
        """The height at which each new output is spent: mostly within days, with a long tail, and some never.

        Users only look after their wallets from time to time, and after savings more rarely, so coins that arrive in
        between are spent together.
        """
        count = len(payees.owner)
        role = self.role(payees.owner)
        wait = later(random, count, MEDIAN_DAYS[role] * self.plan.blocks_per_day)
        due = height + wait
        habit = accounts.habits(payees.owner.astype(np.int64))
        longest = np.select([wait < self.plan.blocks_per_day, wait < 4 * self.plan.blocks_per_day], [1, 3], 30)
        pause = 1 + habit % (longest * self.plan.blocks_per_day)
        together = np.where((role == Role.USER) | (role == Role.DEPOSIT), due + (-(due + habit) % pause), due)
        lost = (random.random(count) < NEVER_SPENT[role]) | np.isin(
            accounts.kind_of(payees.account), accounts.UNSPENDABLE_KINDS
        )
        return np.where(lost, NEVER, np.minimum(together, NEVER)).astype(np.int32)
