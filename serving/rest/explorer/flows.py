"""Drill-down from a value: the transactions of the day behind a flow, a supply or a reward."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from serving.errors import BadParameterError, shortened
from serving.rest.explorer.view import Value, View
from serving.rest.ledger.cursor import Cursor

# Transactions in which a set of accounts, as one party, gained or lost.
_NETS = """
        with members as (
            {members}
        ),

        nets as (
            select entries.height, entries.tx_index, sum(entries.value)::bigint as net
            from published.balance_updates as entries
            inner join members on entries.account = members.account
            where entries.day = $day and entries.tx_index >= 0
            group by entries.height, entries.tx_index
        )

        select nets.height, nets.tx_index, transactions.txid, {sign}nets.net as satoshi
        from nets
        inner join published.transactions as transactions
            on
                transactions.day = $day
                and nets.height = transactions.height
                and nets.tx_index = transactions.tx_index
        where nets.net {side} 0
"""
_OF_EXCHANGE = "select address as account from published.exchange_addresses where exchange_code = $party"
_OF_EXCHANGES = "select distinct address as account from published.exchange_addresses"
# Accounts whose losses are everybody's gains.
_OF_NOBODY = "select unnest(['ISSUANCE', 'UNSPENDABLE']) as account"
_OF_HOP = "select account from published.hop_members where hop = $hop and day <= $day"

# Transfers of which at least one party is an exchange.
_TRANSFERS = """
        select
            transfers.height,
            transfers.tx_index,
            transactions.txid,
            transfers.sender,
            transfers.receiver,
            transfers.sender_is_exchange,
            transfers.receiver_is_exchange,
            transfers.value as satoshi
        from published.exchange_transfers as transfers
        inner join published.transactions as transactions
            on
                transactions.day = $day
                and transfers.height = transactions.height
                and transfers.tx_index = transactions.tx_index
        where transfers.day = $day and transfers.party_set = $party_set and {condition}
"""
_MINERS = f"({_OF_HOP})"
_BY_TRANSACTION = """
        with moved as (
            {transfers}
        ),

        sums as (
            select height, tx_index, txid, sum(satoshi)::bigint as satoshi
            from moved
            group by height, tx_index, txid
        )

        select * from sums
"""

_BLOCKS = """
        select height, hash, {reward} as satoshi
        from published.blocks
        where asset = $asset and day = $day and height > 0
"""
_REWARDS = {
    "subsidies": "subsidy",
    "issuance": "subsidy",
    "paid_fees": "fees",
    "revenue": "(subsidy + fees)",
}
# For each column of the flow and supply models: the sign, and the comparison with 0 that selects its nets.
_SIDES = {
    "inflow": ("", ">"),
    "outflow": ("-", "<"),
    "outflow_share": ("-", "<"),
    "net_flow": ("", "<>"),
    "balance": ("", "<>"),
    "supply": ("", "<>"),
}
_SUPPLY = "SplyCur"
_LARGEST = "abs(satoshi) desc, height, tx_index"


@dataclass(frozen=True)
class Traced:
    """Where a metric's values come from.

    Attributes:
        metric: its id.
        model: its model.
        column: the model's column.
        party: code of an exchange, or ``Ex``; None where it is about none.
        hop: of the miner group; None where it is about none.
    """

    metric: str
    model: str
    column: str
    party: str | None = None
    hop: int | None = None

    @property
    def has_transfers(self) -> bool:
        """Whether its transfers are told one by one: where one of both parties is an exchange."""
        return self.party is not None

    @property
    def is_reward(self) -> bool:
        """Whether it is made of blocks."""
        return self.model == "blocks_metrics" and self.column in _REWARDS

    @property
    def is_balance(self) -> bool:
        """Whether the transactions of a day change a value that was there before."""
        return self.column in ("balance", "supply")


def traced(metric: str, cursor: Cursor) -> Traced | None:
    """Where a metric's values come from; None where they do not come from transactions of their day alone."""
    row = cursor.execute(
        "select source_model, source_column, source_key from published.metric_catalog where id = ?", [metric]
    ).fetchone()
    match row:
        case ("blocks_metrics", str(column), _) if column in _REWARDS or metric == _SUPPLY:
            return Traced(metric, "blocks_metrics", column)
        case ("exchanges_metrics", str(column), str(party)) if column in _SIDES:
            return Traced(metric, "exchanges_metrics", column, party=party)
        case ("miners_metrics", str(column), str(hop)) if column in _SIDES:
            return Traced(metric, "miners_metrics", column, hop=int(hop))
        case ("miner_exchange_flows_metrics", str(column), str(key)):
            hop, _, party = key.partition(" ")
            return Traced(metric, "miner_exchange_flows_metrics", column, party, int(hop))
    return None


def required(metric: str, cursor: Cursor) -> Traced:
    """Where a metric's values come from.

    Raises:
        BadParameterError: they cannot be followed down.
    """
    found = traced(metric, cursor)
    if found is None:
        raise BadParameterError(
            "metric",
            f"Value '{shortened(metric)}' is not supported: flows, supplies, issuance, fees and revenue of the ledger "
            "can be followed down.",
        )
    return found


def transactions_of(source: Traced, asset: str, day: date) -> View:
    """What a value is made of, the largest first: transactions, or for rewards blocks."""
    if source.is_reward:
        sql = _BLOCKS.format(reward=_REWARDS[source.column])
        return View(sql, "height", {"asset": asset, "day": day}, summed="satoshi")
    if source.party is not None and source.hop is not None:
        transfers = transfers_of(source, day)
        sql = _BY_TRANSACTION.format(transfers=_indented(transfers.sql))
        return View(sql, _LARGEST, transfers.values, summed="satoshi")
    sign, side = ("-", "<>") if source.metric == _SUPPLY else _SIDES[source.column]
    values: dict[str, Value] = {"day": day}
    if source.metric == _SUPPLY:
        members = _OF_NOBODY
    elif source.hop is not None:
        members = _OF_HOP
        values["hop"] = source.hop
    elif source.party == "Ex":
        members = _OF_EXCHANGES
    else:
        assert source.party is not None
        members = _OF_EXCHANGE
        values["party"] = source.party
    return View(_NETS.format(members=members, sign=sign, side=side), _LARGEST, values, summed="satoshi")


def transfers_of(source: Traced, day: date) -> View:
    """Who gave how much to whom in the transactions that a value is made of, the largest first.

    A transaction's senders give to its receivers pro rata of their nets, in whole satoshi: over several receivers the
    parts of one may differ from its net by a satoshi each.

    Raises:
        BadParameterError: the metric is about no exchange.
    """
    if source.party is None:
        raise BadParameterError(
            "metric", f"Value '{source.metric}' is not supported: transfers are told of exchanges, as of FlowInExNtv."
        )
    conditions = {
        "inflow": "transfers.receiver = $party",
        "outflow": "transfers.sender = $party",
    }
    condition = conditions.get(source.column, f"({conditions['inflow']} or {conditions['outflow']})")
    values: dict[str, Value] = {
        "day": day,
        "party": source.party,
        "party_set": "Ex" if source.party == "Ex" else "code",
    }
    if source.hop is not None:
        # For this model an inflow is a flow into the miner group.
        into = source.column == "inflow"
        condition = (
            f"transfers.{'sender' if into else 'receiver'} = $party "
            f"and transfers.{'receiver' if into else 'sender'} in {_MINERS}"
        )
        values["hop"] = source.hop
    order = f"{_LARGEST}, sender, receiver"
    return View(_TRANSFERS.format(condition=condition), order, values, summed="satoshi")


def told_of(source: Traced, unit: str) -> Mapping[str, object]:
    """Facts on a metric that are needed to read its drill-down list."""
    return {
        "unit": unit,
        "has_transfers": source.has_transfers,
        "joining_hop": source.hop if source.column == "supply" else None,
    }


def value_of(source: Traced, asset: str, day: date, cursor: Cursor) -> Mapping[str, str | None]:
    """The value itself and, of a balance, that of the day before; exact, None where there is none."""
    rows = cursor.execute(
        "select time, value_text from published.metrics_daily where asset = ? and metric = ? and time in (?, ?)",
        [asset, source.metric, day, day - timedelta(days=1)],
    ).fetchall()
    found = dict(rows)
    values: dict[str, str | None] = {"value": found.get(day)}
    if source.is_balance:
        values["value_before"] = found.get(day - timedelta(days=1))
    return values


def _indented(sql: str) -> str:
    return sql.strip().replace("\n", "\n    ")
