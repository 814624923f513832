"""Every metric of the ledger chain for every complete day: ``compute``.

Read top down: the day loop carries only balances and the day of each account's last change; everything else is
recomputed from that day's postings.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from pathlib import Path

from . import (
    activity,
    addresses,
    coins,
    consensus_time,
    cost_basis,
    exchanges,
    hash_rate,
    holders,
    miners,
    santiment,
    transfers,
)
from .accounts import VIRTUAL
from .exports import load_export
from .ledger import Posting, Row, build_ledger
from .parameters import ChainParameters
from .values import DayValues, Value, add_rolling, regular_id

ASSET = "btc"
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class AccountDay:
    """An account's day with at least one entry; satoshi, debits <= 0.

    The previous change day is that of the entry before this day, None where the account opens empty.
    """

    day: date
    account: str
    opening: int
    credits: int
    debits: int
    closing: int
    previous_change_day: date | None


@dataclass
class ReferenceResult:
    """What ``compute`` returns.

    ``metrics[day][id]`` is a Count, an int (native amounts, in satoshi), a Fraction (USD amounts), a float
    (quotients) or None. The day after the last complete one has the reference rate alone.
    """

    days: list[date]
    metrics: dict[date, dict[str, Value]]
    postings: list[Posting]
    account_days: list[AccountDay]
    hop_members: miners.HopMembers
    transfers: list[exchanges.Transfer]

    def value(self, day: date, metric: str) -> Value:
        """Return a metric's value on a complete day, by its id or by an alias of it; KeyError where there is none."""
        return self.metrics[day][regular_id(metric)]


def compute(
    blocks: list[Row],
    transactions: list[Row],
    chain: ChainParameters,
    labels: dict[str, str],
    prices: dict[date, Decimal],
    min_confirmations: int = 6,
    min_labels: int = 1,
    now: int | None = None,
) -> ReferenceResult:
    """Compute everything from bitcoin-etl's blocks and transactions (heights 0 to the tip, in any order).

    Args:
        blocks: rows with number, timestamp, bits.
        transactions: rows with hash, block_number, index, inputs, outputs; inputs need not be enriched.
        chain: the chain's parameters.
        labels: exchange code by address.
        prices: closing price in USD by day.
        min_confirmations: blocks that have to follow the first block of a later day.
        min_labels: labelled accounts that an exchange needs to have values.
        now: consensus time of the tip, if the blocks end before it.

    """
    blocks = sorted(blocks, key=lambda row: row["number"])
    assert [row["number"] for row in blocks] == list(range(len(blocks))), "heights have a gap"
    times = consensus_time.median_times([row["timestamp"] for row in blocks])
    days_of_heights = consensus_time.block_days([row["timestamp"] for row in blocks])
    days = consensus_time.complete_days(days_of_heights, min_confirmations)
    result = ReferenceResult(days, {}, [], [], miners.HopMembers(), [])
    if not days:
        return result
    result.postings = build_ledger(transactions, days_of_heights, days[-1], chain)
    result.hop_members = miners.hop_members(result.postings)
    by_day = {day: list(group) for day, group in groupby(result.postings, key=lambda posting: posting.day)}
    heights = {day: [h for h, other in enumerate(days_of_heights) if other == day] for day in days}
    balances: dict[str, int] = {}
    last_change: dict[str, date] = {}
    of_transactions = transfers.by_day(transactions, days_of_heights, times, chain)
    all_coins = coins.all_coins(transactions, days_of_heights, times, chain)
    closes = cost_basis.Prices(prices)
    all_values: list[DayValues] = []
    realized_caps: list[Fraction] = []
    accounts_so_far = addresses.Addresses()
    for day in days:
        postings = by_day.get(day, [])
        result.account_days += apply_day(day, postings, balances, last_change)
        values = DayValues(prices.get(day))
        members = (result.hop_members.members(0, day), result.hop_members.members(1, day))
        of_day = [blocks[h] for h in heights[day] if h > 0]
        add_basics(values, day, of_day, blocks, postings, chain)
        height = max(height for height, other in enumerate(days_of_heights) if other <= day)
        values.count("BlkHgt", height)
        values.by_id["ReferenceRate"] = reference_rate(prices, day)
        values.native("SplyCur", user_balance(balances) - chain.genesis_value)
        activity.add_supply(values, of_day, height, chain)
        activity.add_transactions(values, of_day, of_transactions.get(day, transfers.Transactions()))
        adjusted = transfers.adjusted(of_transactions[day].transfers) if day in of_transactions else 0
        santiment.add_large(values, of_transactions.get(day, transfers.Transactions()).moved)
        activity.add_adjusted(values, adjusted if is_hour_over(day, times[-1] if now is None else now) else None)
        activity.add_market(values, day, prices)
        unspent = [coin for coin in all_coins if coin.is_unspent(day)]
        realized_caps.append(cost_basis.cost_of(cost_basis.values_by_day(unspent), closes))
        cost_basis.add_unspent(values, day, unspent, closes)
        cost_basis.add_spent(values, day, all_coins, closes)
        santiment.add_unspent(values, day, unspent, closes)
        santiment.add_spent(values, day, all_coins, closes)
        add_miners(values, members, balances, postings)
        result.transfers += add_exchanges(values, postings, labels, members, balances, min_labels)
        santiment.add_ratios(values)
        add_holders(values, balances, last_change, day)
        accounts_so_far.add_day(values, postings, balances)
        all_values.append(values)
        result.metrics[day] = values.by_id
    add_rolling(all_values)
    activity.add_network_values(all_values)
    cost_basis.add_ratios(all_values, realized_caps)
    following = days[-1] + ONE_DAY
    result.metrics[following] = {"ReferenceRate": reference_rate(prices, following)}
    return result


def is_hour_over(day: date, now: int) -> bool:
    """Say whether a consensus time is over an hour past a day's end, so that all early spends of the day are known."""
    end = datetime(day.year, day.month, day.day, tzinfo=UTC) + ONE_DAY
    return now - int(end.timestamp()) > transfers.ONE_HOUR


def reference_rate(prices: dict[date, Decimal], day: date) -> Fraction | None:
    """Return the price at 00:00 UTC of a day: the close of the day before."""
    close = prices.get(day - ONE_DAY)
    return None if close is None else Fraction(close)


def compute_export(
    folder: Path,
    chain: ChainParameters,
    labels: dict[str, str],
    prices: dict[date, Decimal],
    min_confirmations: int = 6,
    min_labels: int = 1,
) -> ReferenceResult:
    """``compute`` on a folder of bitcoin-etl exports."""
    return compute(*load_export(folder), chain, labels, prices, min_confirmations, min_labels)


def apply_day(
    day: date, postings: list[Posting], balances: dict[str, int], last_change: dict[str, date]
) -> list[AccountDay]:
    """Move balances and last changes on by a day, and return its account days."""
    values: dict[str, list[int]] = {}
    for posting in postings:
        for entry in posting.entries:
            values.setdefault(entry.account, []).append(entry.value)
    account_days = []
    for account in sorted(values):
        opening = balances.get(account, 0)
        credit = sum(value for value in values[account] if value > 0)
        debit = sum(value for value in values[account] if value < 0)
        closing = opening + credit + debit
        before = last_change[account] if opening else None
        account_days.append(AccountDay(day, account, opening, credit, debit, closing, before))
        balances[account] = closing
        last_change[account] = day
        assert closing >= 0 or account in VIRTUAL, f"{account} below 0 on {day}"
    return account_days


def user_balance(balances: dict[str, int]) -> int:
    """All balances but those of the virtual accounts."""
    return sum(value for account, value in balances.items() if account not in VIRTUAL)


def add_basics(
    values: DayValues, day: date, of_day: list[Row], blocks: list[Row], postings: list[Posting], chain: ChainParameters
) -> None:
    """Block, issuance, fee, revenue and difficulty metrics, as if block 0 did not exist.

    So block 1 has no previous block, and no interval.
    """
    intervals = [abs(row["timestamp"] - blocks[row["number"] - 1]["timestamp"]) for row in of_day if row["number"] > 1]
    block_day = hash_rate.block_day([row["bits"] for row in of_day], intervals)
    issued = sum(chain.subsidy(row["number"]) for row in of_day)
    fees = sum(posting.fee for posting in postings)
    values.count("BlkCnt", block_day.count)
    values.count("TxCnt", sum(posting.kind == "regular" for posting in postings))
    values.quotient("DiffMean", block_day.difficulty_mean)
    values.quotient("BlkIntMean", block_day.interval_mean)
    values.amount("IssTot", issued)
    values.amount("FeeTot", fees)
    values.amount("Rev", issued + fees)
    values.by_id["PriceUSD"] = values.price
    values.set_hash_rate(hash_rate.hash_rate(ASSET, day, block_day), issued + fees)


def add_miners(
    values: DayValues, members: tuple[set[str], set[str]], balances: dict[str, int], postings: list[Posting]
) -> None:
    """Supplies and group flows of both hops."""
    for hop, accounts in enumerate(members):
        received, sent = miners.group_flows(accounts, postings)
        values.amount(f"SplyMiner{hop}HopAll", miners.supply(accounts, balances))
        values.amount(f"FlowMinerIn{hop}HopAll", received)
        values.amount(f"FlowMinerOut{hop}HopAll", sent)
        values.amount(f"FlowMinerNet{hop}HopAll", received - sent)
        values.miner_outflow[hop] = sent
    sold, revenue = values.miner_outflow[1], values.revenue
    values.quotient("MOMR", Fraction(sold, revenue) if revenue else None)


def add_exchanges(
    values: DayValues,
    postings: list[Posting],
    labels: dict[str, str],
    members: tuple[set[str], set[str]],
    balances: dict[str, int],
    min_labels: int,
) -> list[exchanges.Transfer]:
    """Flows, balances and miner-exchange flows of the 21 codes and Ex; null for one with too few labels."""
    flows = exchanges.day_flows(postings, labels, members)
    counts = Counter(labels.values()) + Counter({exchanges.ALL: len(labels)})
    for party in (*exchanges.CODES, exchanges.ALL):
        known = counts[party] >= min_labels
        held = sum(balances.get(account, 0) for account, code in labels.items() if party in (code, exchanges.ALL))
        received, sent = flows.inflow[party], flows.outflow[party]
        values.amount(f"Sply{party}", held if known else None)
        values.amount(f"FlowIn{party}", received if known else None)
        values.amount(f"FlowOut{party}", sent if known else None)
        values.amount(f"FlowNet{party}", received - sent if known else None)
        for hop in range(2):
            values.amount(f"FlowMinerIn{hop}HopAll{party}", flows.to_miners[party, hop] if known else None)
            values.amount(f"FlowMinerOut{hop}HopAll{party}", flows.from_miners[party, hop] if known else None)
    return flows.transfers


def add_holders(values: DayValues, balances: dict[str, int], last_change: dict[str, date], day: date) -> None:
    """Add the families of the distribution, for all holders and for active ones."""
    everyone = holders.holder_balances(balances)
    total = sum(everyone.values())
    active = holders.active_only(everyone, last_change, day)
    for name, holding in (("holders", everyone), ("active_holders", active)):
        found = holders.distribution(holding, len(everyone), total)
        values.count(f"{name}_distribution_total", found.holders_total)
        values.native(f"{name}_distribution_combined_balance_total", found.balance_total)
        for interval in holders.INTERVALS:
            values.count(f"{name}_distribution_{interval}", found.holders[interval])
            values.native(f"{name}_distribution_combined_balance_{interval}", found.balance[interval])
            values.quotient(f"percent_of_{name}_distribution_{interval}", found.percent[interval])
            values.quotient(
                f"percent_of_{name}_distribution_combined_balance_{interval}", found.balance_percent[interval]
            )
        for threshold in holders.THRESHOLDS:
            values.count(f"{name}_distribution_over_{threshold}", found.holders_over[threshold])
            values.native(f"{name}_distribution_combined_balance_over_{threshold}", found.balance_over[threshold])
