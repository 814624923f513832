"""Whole blocks and transactions, each with all of its entries."""

from collections.abc import Sequence

from serving.errors import ApiError, shortened
from serving.rest.ledger.blocks import block_fields
from serving.rest.ledger.cursor import Cursor
from serving.rest.ledger.history import Update, updates_at
from serving.rest.ledger.ranges import among, at, heights_of, places_of
from serving.rest.ledger.sequence import ENTRY
from serving.rest.ledger.surroundings import Place, blocks_at
from serving.rest.ledger.transactions import transactions_at

Entity = dict[str, object]


def whole_block(asset: str, block_hash: str, cursor: Cursor) -> Entity:
    """A block with its transactions; entries that belong to none (BIP30) are told beside them.

    Raises:
        ApiError: it is not in the chain.
    """
    height = _height(asset, block_hash, cursor)
    block = blocks_at([height], asset, cursor)[height]
    rows = cursor.execute(f"select tx_index from published.transactions where {at([height])}").fetchall()
    updates = _updates(at([height]), cursor)
    entity = block_fields(asset, height, cursor)
    entity["transactions"] = [
        {**each.fields(block), "balance_updates": [update.fields() for update in updates.get(each.index, ())]}
        for each in transactions_at([(height, index) for (index,) in rows], cursor)
    ]
    if -1 in updates:
        entity["balance_updates"] = [update.fields() for update in updates[-1]]
    return entity


def whole_transaction(asset: str, txid: str, block_hash: str | None, cursor: Cursor) -> Entity:
    """A transaction with its entries; where its id was used twice, the first one of them, or that of the block named.

    Raises:
        ApiError: it is not in the chain, or not in the block.
    """
    height = None if block_hash is None else _height(asset, block_hash, cursor)
    places: Sequence[Place] = [place for place in places_of([txid], cursor) if height in (None, place[0])]
    if not places:
        where = "" if block_hash is None else f" of block '{shortened(block_hash)}'"
        raise _not_found(f"Transaction '{shortened(txid)}'{where}")
    place = places[0]
    (transaction,) = transactions_at([place], cursor)
    block = blocks_at([place[0]], asset, cursor)[place[0]]
    updates = _updates(among([place]), cursor).get(place[1], ())
    return {**transaction.alone(block), "balance_updates": [update.fields() for update in updates]}


def _updates(condition: str, cursor: Cursor) -> dict[int, list[Update]]:
    """The entries of a block that fulfil a condition, by the index of their transaction."""
    sql = f"select account, tx_index, {ENTRY} from published.balance_updates where {condition}"
    rows = cursor.execute(sql).fetchall()
    indexes = {number: index for _, index, number in rows}
    found: dict[int, list[Update]] = {}
    for update in updates_at(list(indexes), {account for account, *_ in rows}, cursor):
        found.setdefault(indexes[update.number], []).append(update)
    return found


def _height(asset: str, block_hash: str, cursor: Cursor) -> int:
    heights = heights_of([block_hash.lower()], asset, cursor)
    if not heights:
        raise _not_found(f"Block '{shortened(block_hash)}'")
    return heights[0]


def _not_found(what: str) -> ApiError:
    return ApiError(404, "not_found", f"{what} not found.")
