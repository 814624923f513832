"""Ordinary transactions of one round: payments, withdrawals, sweeps, payouts, moves to and from cold storage."""

from typing import Any

import numpy as np

from dagster_project.sample.accounts import Kind
from dagster_project.sample.coins import IntArray
from dagster_project.sample.drafts import Outputs, Wads
from dagster_project.sample.plan import EXCHANGE_COUNT, SERVICES
from dagster_project.sample.wallets import Payees, Role, Wallets

BoolArray = np.ndarray[Any, np.dtype[np.bool_]]

SMALL = 20_000  # satoshi; a wad worth less pays nobody, and only joins its coins
DUST = 546
POWERS_OF_TEN = 10 ** np.arange(19, dtype=np.int64)


def share(value: IntArray, per_mille: IntArray) -> IntArray:
    """``per_mille`` thousandths of a value, rounded down (without overflow at 21 million BTC)."""
    return value // 1000 * per_mille + value % 1000 * per_mille // 1000


def pay_counts(wads: Wads, value: IntArray, hunger: float, room: int, random: np.random.Generator) -> IntArray:
    """Number of payees of each transaction, without change.

    ``hunger`` is the number of wanted inputs divided by the number of coins that are due. Above 1 there are too few
    coins for the planned size, so transactions get more outputs. ``room`` is the number of additional outputs that
    pools' payouts should have.
    """
    count = len(wads)
    draw = random.random(count)
    user = 1 + np.where(random.random(count) < 0.05 * hunger, random.integers(1, 8, count), 0)
    withdrawal = 1 + np.minimum(1.5 * hunger * draw / (1.0 - draw), 400.0).astype(np.int64)
    is_pool = wads.role == Role.POOL
    payout = np.where(draw < 0.3, 1, 2 + room // max(int(is_pool.sum()), 1))
    none, one = np.zeros(count, dtype=np.int64), np.ones(count, dtype=np.int64)
    planned = np.choose(wads.role, [user, none, np.where(draw < 0.04, one, withdrawal), one, np.minimum(payout, 2_500)])
    return np.where(value < SMALL, 0, np.minimum(planned, 1 + value // 50_000))


def payees_of(
    wads: Wads, paid: IntArray, alone: IntArray, day: int, wallets: Wallets, random: np.random.Generator
) -> Payees:
    """The receiver of each payment; ``paid`` is its wad, ``alone`` is whether its transaction has no other payment."""
    count = len(paid)
    role, owner = wads.role[paid], wads.owner[paid]
    draw = random.random(count)
    exchange = wallets.open_exchanges(count, day, random)
    own = wallets.exchange(owner.astype(np.int32))
    other = np.where(exchange == own, (own + 1 + exchange % 3) % (EXCHANGE_COUNT - 1), exchange)
    anybody = wallets.popular_users(count, random)
    miner = SERVICES + random.integers(0, wallets.plan.miners, count)
    to_miner = (role == Role.POOL) & (draw > 0.6)
    user = wallets.users(np.where(to_miner, miner, anybody), random)
    deposit = wallets.deposits(np.where(role == Role.HOT, other, exchange), owner)
    hot = wallets.hot(np.where(role == Role.COLD, own, other), random)
    cold = wallets.cold(own, random)
    exchange_share = np.array([0.14, 0.0, 0.10, 0.0, 0.25])[role]
    to_deposit = draw < exchange_share
    to_hot = (role == Role.COLD) | ((role == Role.HOT) & ~to_deposit & (draw < 0.14))
    to_cold = (role == Role.HOT) & alone & (draw > 0.9)
    which = np.select([to_cold, to_hot, to_deposit], [3, 2, 1], 0)
    return Payees(
        np.choose(which, [user.owner, deposit.owner, hot.owner, cold.owner]).astype(np.int32),
        np.choose(which, [user.account, deposit.account, hot.account, cold.account]),
    )


def extras(wads: Wads, value: IntArray, chosen: IntArray, wallets: Wallets, random: np.random.Generator) -> Outputs:
    """Additional outputs of a few payments: data, dust, an output without value, a script that no wallet makes."""
    draw = random.random(len(chosen))
    rich = (wads.role[chosen] == Role.USER) & (value[chosen] >= 1_000_000)
    groups = [
        chosen[rich & (draw >= low) & (draw < high)]
        for low, high in ((0.0, 0.04), (0.04, 0.05), (0.05, 0.055), (0.055, 0.07), (0.07, 0.08), (0.08, 0.12))
    ]
    data, burnt, bare, dust, nothing, odd = groups
    owner = wads.owner.astype(np.int32)

    def zero(rows: IntArray) -> IntArray:
        return np.zeros(len(rows), dtype=np.int64)

    return Outputs.join(
        [
            Outputs(data, wallets.data(owner[data], Kind.DATA), zero(data)),
            Outputs(burnt, wallets.data(owner[burnt], Kind.DATA), random.integers(1, 3_000, len(burnt))),
            Outputs(bare, wallets.data(owner[bare], Kind.BARE_RETURN), zero(bare)),
            Outputs(
                dust,
                wallets.users(wallets.popular_users(len(dust), random), random),
                np.where(random.random(len(dust)) < 0.2, 1, DUST),
            ),
            Outputs(nothing, wallets.users(wallets.popular_users(len(nothing), random), random), zero(nothing)),
            Outputs(odd, wallets.odd(owner[odd]), random.integers(600, 60_000, len(odd))),
        ]
    )


def split_payments(total: IntArray, paid: IntArray, has_change: BoolArray, random: np.random.Generator) -> IntArray:
    """Divide each transaction's total (indexed by ``paid``) among its payments at random, rounded down.

    If a transaction has change, a quarter of its payments are round amounts (one significant digit).
    """
    weight = random.integers(1, 1_000, len(paid))
    weights = np.bincount(paid, weights=weight, minlength=len(total)).astype(np.int64)
    whole, per = total[paid], weights[paid]
    value = whole // per * weight + whole % per * weight // per
    unit = POWERS_OF_TEN[np.maximum(np.searchsorted(POWERS_OF_TEN, value, side="right") - 1, 0)]
    return np.where(has_change[paid] & (random.random(len(paid)) < 0.25), value - value % unit, value)


def payments(
    wads: Wads, free: IntArray, day: int, hunger: float, room: int, wallets: Wallets, random: np.random.Generator
) -> Outputs:
    """The outputs of one transaction for each free wad; the difference to the inputs is its fee."""
    count = len(wads)
    mask = np.zeros(count, dtype=bool)
    mask[free] = True
    pays = np.where(mask, pay_counts(wads, wads.value, hunger, room, random), 0)
    rate_draw = random.random(count)
    rate = 1 + (40.0 * rate_draw * rate_draw * rate_draw).astype(np.int64)  # satoshi per virtual byte
    fee = np.minimum(rate * (11 + 68 * wads.size + 31 * (pays + 1)), wads.value // 4)
    fee = np.where(random.random(count) < 0.012, 0, fee)
    extra = extras(wads, wads.value, free[pays[free] > 0], wallets, random)
    spent_on_extras = np.zeros(count, dtype=np.int64)
    np.add.at(spent_on_extras, extra.draft, extra.value)
    available = wads.value - fee - spent_on_extras

    draw = random.random(count)
    per_mille = np.choose(
        wads.role,
        [
            np.where(draw < 0.3, 1000, random.integers(5, 995, count)),
            np.zeros(count, dtype=np.int64),
            random.integers(10, 400, count),
            random.integers(300, 700, count),
            np.where(draw < 0.7, 1000, random.integers(300, 900, count)),
        ],
    )
    all_out = per_mille == 1000
    paid = np.repeat(np.arange(count), pays)
    value = split_payments(share(available, per_mille), paid, ~all_out, random)
    payment = Outputs(paid, payees_of(wads, paid, pays[paid] == 1, day, wallets, random), value)

    spent = np.zeros(count, dtype=np.int64)
    np.add.at(spent, paid, value)
    left = available - spent
    keeps = np.flatnonzero(mask & ((pays == 0) | (~all_out & (left >= DUST))))
    owner = wads.owner[keeps].astype(np.int32)
    change = Outputs(keeps, wallets.change(owner, wads.coins.account[wads.first[keeps]], random), left[keeps])
    return Outputs.join([payment, change, extra])
