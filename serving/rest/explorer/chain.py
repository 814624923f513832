"""Blocks, transactions, entries and accounts."""

from serving.errors import BadParameterError
from serving.rest.explorer import parameters as p
from serving.rest.explorer.view import Value, View
from serving.rest.ledger.cursor import Cursor
from serving.rest.ledger.ranges import heights_of, places_of

_BLOCKS = """
        select height, hash, previous_hash, median_time, time, transaction_count, size, weight, subsidy, fees, day
        from published.blocks
        where asset = $asset and {condition}
"""
_TRANSACTIONS = """
        with wanted as (
            select day, height, tx_index, txid, size, fee
            from published.transactions
            where {condition}
        ),

        amounts as (
            select tx_index, height, count(*) as entries, -sum(least(value, 0)) as sent
            from published.balance_updates
            where {part}
            group by height, tx_index
        )

        select wanted.*, coalesce(amounts.entries, 0) as entries, coalesce(amounts.sent, 0)::bigint as sent
        from wanted
        left join amounts on wanted.height = amounts.height and wanted.tx_index = amounts.tx_index
"""
_ENTRIES = """
        select
            entries.entry_index,
            entries.account,
            entries.value as satoshi,
            labels.exchange_name,
            labels.role,
            labels.source
        from published.balance_updates as entries
        left join published.exchange_addresses as labels on entries.account = labels.address
        where entries.height = $height and entries.tx_index = $tx_index
"""
_ACCOUNT_DAYS = """
        select
            day,
            count(*) as entries,
            coalesce(sum(value) filter (where value >= 0), 0)::bigint as received,
            -coalesce(sum(value) filter (where value < 0), 0)::bigint as sent,
            (sum(sum(value)) over (order by day))::bigint as balance
        from published.account_updates
        where account = $account
        group by day
"""


def blocks(query: p.BlocksQuery, asset: str, cursor: Cursor) -> View:
    """Blocks, the latest first.

    Raises:
        BadParameterError: more than one of day, height and hash is given.
    """
    values: dict[str, Value] = {"asset": asset}
    given = {name: getattr(query, name) for name in ("day", "height", "hash") if getattr(query, name) is not None}
    if len(given) > 1:
        raise BadParameterError(list(given)[1], f"It cannot be used together with '{next(iter(given))}'.")
    if query.hash is not None:
        # Looked up by height, because the files are not sorted by hash.
        given = {"height": next(iter(heights_of([query.hash.lower()], asset, cursor)), -1)}
    if not given:
        (last,) = cursor.execute("select max(day) from published.blocks where asset = ?", [asset]).fetchall()
        given = {"day": last[0]}
    condition = " and ".join(f"{name} = ${name}" for name in given)
    return View(_BLOCKS.format(condition=condition), "height desc", values | given)


def transactions(query: p.TransactionsQuery, cursor: Cursor) -> View:
    """Transactions in the order of the chain.

    Raises:
        BadParameterError: neither or both of height and txid are given.
    """
    if (query.height is None) == (query.txid is None):
        raise BadParameterError("height", "Either it or 'txid' has to be given.")
    if query.height is not None:
        return View(
            _TRANSACTIONS.format(condition="height = $height", part="height = $height"),
            "height, tx_index",
            {"height": query.height},
        )
    assert query.txid is not None
    # Looked up by position: only `transaction_places` is sorted by the start of the id.
    places = places_of([query.txid.lower()], cursor) or [(-1, -1)]
    part = " or ".join(f"height = $height{n} and tx_index = $index{n}" for n in range(len(places)))
    values: dict[str, Value] = {}
    for number, (height, index) in enumerate(places):
        values |= {f"height{number}": height, f"index{number}": index}
    return View(_TRANSACTIONS.format(condition=part, part=part), "height, tx_index", values)


def entries(query: p.EntriesQuery) -> View:
    """Entries of a transaction, each with the label of its account."""
    return View(_ENTRIES, "entry_index", {"height": query.height, "tx_index": query.tx_index})


def account_days(query: p.AccountDaysQuery) -> View:
    """Days on which an account changed, with its balance at the end of each."""
    return View(_ACCOUNT_DAYS, "day", {"account": query.account})
