"""Coinbases: which pool finds a block, how much it claims, and with which outputs."""

from typing import Any

import numpy as np

from dagster_project.sample.accounts import Kind
from dagster_project.sample.coins import IntArray
from dagster_project.sample.drafts import Outputs
from dagster_project.sample.plan import POOL_COUNT, SERVICES
from dagster_project.sample.wallets import Payees, Wallets

# Shares of the pools in blocks, per mille: at first mostly miners with bare keys (0 and 7), later the large pools.
EARLY = np.array([400, 100, 60, 100, 20, 20, 0, 300])
LATE = np.array([20, 210, 270, 190, 60, 110, 110, 30])
MINERS_PAID = 12  # outputs to miners in a coinbase of the pool that pays its miners there
PAYING_POOL = 4
EXCHANGE_POOL = 5  # mines to its deposit address at the first exchange
MERGED_POOL = 2  # commits to a second chain too
TAPROOT_POOL = 6  # leaves an output without value
SPLITTING_POOL = 3


def pools_of(count: int, share: float, random: np.random.Generator) -> IntArray:
    """The pools that find ``count`` blocks; ``share`` is how much of the chain is done."""
    progress = min(share * 4.0, 1.0)
    weights = np.cumsum(EARLY * (1.0 - progress) + LATE * progress)
    return np.searchsorted(weights, random.random(count) * weights[-1], side="right").clip(0, POOL_COUNT - 1)


def claims(subsidy: IntArray, fees: IntArray, random: np.random.Generator) -> IntArray:
    """The amounts that miners claim: nearly always all, sometimes without the fees, a satoshi less, or a third."""
    draw = random.random(len(fees))
    whole = subsidy + fees
    return np.select(
        [draw < 0.01, draw < 0.015, draw < 0.017],
        [subsidy, whole - 1, whole // 3],
        whole,
    )


def coinbases(
    heights: IntArray, subsidy: IntArray, fees: IntArray, share: float, wallets: Wallets, random: np.random.Generator
) -> Outputs:
    """The outputs of the blocks' coinbases; ``draft`` is the position of the block in ``heights``."""
    count = len(heights)
    block = np.arange(count)
    pool = pools_of(count, share, random)
    claimed = claims(subsidy, fees, random)
    zero = np.zeros(count, dtype=np.int64)
    # A single miner takes a new key every few days, a pool keeps its address.
    series = np.where((pool == 0) | (pool == POOL_COUNT - 1), heights // 60, 0)
    main = wallets.pools(pool, series)
    exchange = wallets.deposits(zero, zero + wallets.owners.pool + EXCHANGE_POOL)
    to_exchange = pool == EXCHANGE_POOL
    main = Payees(
        np.where(to_exchange, exchange.owner, main.owner), np.where(to_exchange, exchange.account, main.account)
    )

    paying = np.flatnonzero((pool == PAYING_POOL) & (claimed >= 1_000_000))
    known = 8 + int((wallets.plan.miners - 8) * share)
    members = min(MINERS_PAID, known)
    start, step = random.integers(0, known, len(paying)), np.arange(members)
    miner = SERVICES + (start[:, None] + step) % known
    weight = random.integers(1, 100, miner.shape)
    each = claimed[paying, None] // (weight.sum(axis=1, keepdims=True) + 2) * weight
    miners = Outputs(np.repeat(paying, members), wallets.users(miner.ravel(), random), each.ravel())

    splitting = np.flatnonzero(pool == SPLITTING_POOL)
    second = claimed[splitting] // 50
    rest = claimed.copy()
    rest[paying] -= each.sum(axis=1)
    rest[splitting] -= second

    def extra(rows: IntArray, kind: Kind) -> Outputs:
        return Outputs(rows, wallets.data(main.owner[rows], kind), np.zeros(len(rows), dtype=np.int64))

    tap = np.flatnonzero(pool == TAPROOT_POOL)
    nothing = Outputs(tap, wallets.pools(pool[tap], 1), np.zeros(len(tap), dtype=np.int64))
    parts: list[Any] = [
        Outputs(block, main, rest),
        Outputs(splitting, wallets.pools(pool[splitting], 1), second),
        miners,
        nothing,
        extra(block, Kind.COMMITMENT),
        extra(np.flatnonzero(pool == MERGED_POOL), Kind.DATA),
    ]
    return Outputs.join(parts)
