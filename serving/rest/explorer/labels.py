"""Who accounts are: labels of exchanges with their sources, and members of the miner groups with their evidence."""

from serving.errors import BadParameterError
from serving.rest.explorer import parameters as p
from serving.rest.explorer.view import Value, View
from serving.rest.ledger.cursor import Cursor
from serving.rest.ledger.ranges import listed

_EXCHANGES = """
        select exchange, exchange_name, labels, first_day_seen, last_day_seen, balance, sources
        from published.label_coverage
"""
_LABELS = """
        select address, exchange_code, exchange_name, role, source, as_of, confidence, method
        from published.exchange_addresses
        where {condition}
"""
_MEMBERS = """
        select account, hop, day, evidence_height, evidence_tx_index, evidence_txid
        from published.hop_members
        where {condition}
"""


def exchanges() -> View:
    """The exchanges, and all together, each with what its labels cover."""
    return View(_EXCHANGES, "exchange", {})


def labels(query: p.LabelsQuery) -> View:
    """Labelled addresses.

    Raises:
        BadParameterError: an account is empty, or there are too many.
    """
    conditions: list[str] = []
    values: dict[str, Value] = {}
    if query.exchange is not None:
        conditions.append("exchange_code = $exchange")
        values["exchange"] = query.exchange
    if query.accounts is not None:
        conditions.append(_among("address", query.accounts, values))
    return View(_LABELS.format(condition=" and ".join(conditions) or "true"), "exchange_code, address", values)


def members(query: p.MembersQuery, cursor: Cursor) -> View:
    """Members of the miner groups, each with the transaction that proves it.

    Raises:
        BadParameterError: neither or both of accounts and day are given.
    """
    if (query.accounts is None) == (query.day is None):
        raise BadParameterError("accounts", "Either it or 'day' has to be given.")
    values: dict[str, Value] = {}
    conditions = [] if query.hop is None else ["hop = $hop"]
    if query.hop is not None:
        values["hop"] = query.hop
    if query.day is not None:
        conditions.append("day = $day")
        values["day"] = query.day
    if query.accounts is not None:
        named = _among("account", query.accounts, values)
        # Accounts join only after they were paid, so earlier months are skipped.
        first = cursor.execute(
            f"select min(day) from published.account_updates where {named}",
            {name: value for name, value in values.items() if name != "hop"},
        ).fetchone()
        if first is not None and first[0] is not None:
            conditions.append("day >= $first_day")
            values["first_day"] = first[0]
        conditions.append(named)
    return View(_MEMBERS.format(condition=" and ".join(conditions)), "day, hop, account", values)


def _among(column: str, text: str, values: dict[str, Value]) -> str:
    """The condition that a column has one of the values of a list, which are added to `values`."""
    names = listed("accounts", text) or []
    placed = {f"account{number}": name for number, name in enumerate(names)}
    values |= placed
    return f"{column} in ({', '.join(f'${name}' for name in placed)})"
