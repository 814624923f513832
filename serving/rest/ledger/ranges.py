"""The requested part of the chain, as numbers of entries; and look-ups of the blocks and transactions named."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from serving.errors import BadParameterError, NotSupportedError, shortened
from serving.instants import SECOND, from_above, from_below, parse_instant, parse_zone
from serving.rest.bounds import as_time
from serving.rest.ledger import sequence
from serving.rest.ledger.cursor import Cursor
from serving.rest.ledger.parameters import Numbered, Ranged
from serving.rest.selection import names
from serving.statements import Statement

# Names in a list; an address is at most 10,000 characters long, so hashes and ids come to some 150 anyway.
MOST_NAMES = 1_000
_HASH = re.compile("[0-9a-f]{64}", re.ASCII)
_ID_START = 12


@dataclass(frozen=True)
class Part:
    """Entries from a number to another, both included; nothing where the last is below the first."""

    first: int = 0
    last: int = sequence.LAST

    def conditions(self, statement: Statement, number: str) -> list[str]:
        """The conditions on a row's height and number; by the heights, files are skipped."""
        return [
            f"height >= {statement.value(sequence.height_of(self.first))}",
            f"height <= {statement.value(sequence.height_of(self.last) if self.last >= 0 else -1)}",
            f"{number} >= {statement.value(self.first)}",
            f"{number} <= {statement.value(self.last)}",
        ]

    def beyond(self, number: int, backwards: bool) -> "Part":
        """The part that follows a number, or that comes before it."""
        return (
            Part(self.first, min(self.last, number - 1)) if backwards else Part(max(self.first, number + 1), self.last)
        )


NOTHING = Part(0, -1)
# Blocks of the first piece of a part that is looked through: less than a month, so that few files are read where rows
# are many.
_PIECE, _GROWTH = 4_000, 8


def pieces(part: Part, tip: int, backwards: bool) -> Iterator[Part]:
    """Cut a part of the chain into pieces, each eight times as long as the one before it.

    Whoever looks for a few rows from one end on finds frequent ones in the first piece, and rare ones after reading
    little more than the whole part once. In one query DuckDB would look through all of it: 0.3 s of processor time for
    the last hundred of 2.3 million rows.

    Args:
        part: of the chain.
        tip: height of the last block.
        backwards: whether pieces come from the end of the part.
    """
    low, high = sequence.height_of(part.first), min(sequence.height_of(part.last), tip) if part.last >= 0 else -1
    blocks = _PIECE
    while low <= high:
        start, end = (max(low, high - blocks + 1), high) if backwards else (low, min(high, low + blocks - 1))
        yield Part(max(part.first, sequence.first_in(start)), min(part.last, sequence.last_in(end)))
        low, high = (low, start - 1) if backwards else (end + 1, high)
        blocks *= _GROWTH


def tip_of(asset: str, cursor: Cursor) -> int:
    """Height of the last block; -1 where there is none."""
    found = cursor.execute("select max(height) from published.blocks where asset = ?", [asset]).fetchone()
    return -1 if found is None or found[0] is None else found[0]


def part_of(query: Ranged, asset: str, cursor: Cursor) -> Part:
    """The part of the chain that a query asks for.

    Raises:
        BadParameterError: a side is bounded in two ways, or a time or the time zone cannot be read.
    """
    for side in ("start", "end"):
        kinds = ("time", "height", "chain_sequence_number")
        given = [f"{side}_{kind}" for kind in kinds if getattr(query, f"{side}_{kind}", None) is not None]
        if len(given) > 1:
            raise BadParameterError(given[1], f"It cannot be used together with '{given[0]}'.")
    first = _first(query, asset, cursor)
    last = _last(query, asset, cursor)
    if isinstance(query, Numbered):
        if query.start_chain_sequence_number is not None:
            first = query.start_chain_sequence_number + (not query.start_inclusive)
        if query.end_chain_sequence_number is not None:
            last = query.end_chain_sequence_number - (not query.end_inclusive)
    return Part(min(first, sequence.LAST), last)


def _first(query: Ranged, asset: str, cursor: Cursor) -> int:
    if query.start_height is not None:
        return sequence.first_in(query.start_height + (not query.start_inclusive))
    if query.start_time is None:
        return 0
    instant = parse_instant("start_time", query.start_time, parse_zone(query.timezone))
    moment = as_time(from_below(instant, SECOND, query.start_inclusive))
    found = cursor.execute(
        "select min(height) from published.blocks where asset = ? and median_time >= ?", [asset, moment]
    ).fetchone()
    return sequence.LAST if found is None or found[0] is None else sequence.first_in(found[0])


def _last(query: Ranged, asset: str, cursor: Cursor) -> int:
    if query.end_height is not None:
        return sequence.last_in(query.end_height - (not query.end_inclusive))
    if query.end_time is None:
        return sequence.LAST
    instant = parse_instant("end_time", query.end_time, parse_zone(query.timezone))
    moment = as_time(from_above(instant, SECOND, query.end_inclusive))
    found = cursor.execute(
        "select max(height) from published.blocks where asset = ? and median_time <= ?", [asset, moment]
    ).fetchone()
    return -1 if found is None or found[0] is None else sequence.last_in(found[0])


def listed(parameter: str, text: str | None) -> list[str] | None:
    """The items of a list; None where none is given.

    Raises:
        BadParameterError: an item is empty, or there are too many.
    """
    if text is None:
        return None
    items = names(parameter, text)
    if len(items) > MOST_NAMES:
        raise BadParameterError(parameter, f"It names {len(items):,} items: at most {MOST_NAMES:,} are supported.")
    return items


def hashes(parameter: str, text: str | None) -> list[str] | None:
    """The hashes, or transaction ids, of a list, in small letters; None where none is given.

    Raises:
        BadParameterError: one is not 64 hexadecimal digits.
    """
    items = listed(parameter, text)
    if items is None:
        return None
    for item in items:
        if not _HASH.fullmatch(item.lower()):
            raise BadParameterError(
                parameter, f"Value '{shortened(item)}' is not supported: a hash has 64 hexadecimal digits."
            )
    return [item.lower() for item in items]


def heights_of(block_hashes: Sequence[str], asset: str, cursor: Cursor) -> list[int]:
    """The heights of blocks; of those that are not in the chain there are none."""
    if not block_hashes:
        return []
    statement = Statement()
    sql = f"""
        select height from published.blocks
        where asset = {statement.value(asset)} and hash in {statement.any_of(block_hashes)}
    """
    return sorted(height for (height,) in cursor.execute(sql, statement.values).fetchall())


def heights_in(text: str | None) -> list[int] | None:
    """The heights of a list; None where none is given.

    Raises:
        NotSupportedError: one is no height.
    """
    items = listed("heights", text)
    if items is None:
        return None
    for item in items:
        if not re.fullmatch("[0-9]{1,10}", item, re.ASCII):
            raise NotSupportedError("heights", item)
    return [int(item) for item in items if int(item) <= sequence.LAST_HEIGHT]


def places_of(txids: Collection[str], cursor: Cursor) -> list[tuple[int, int]]:
    """Height and tx_index of transactions; those that are not in the chain have none, repeated coinbases have two.

    They are searched by the first digits of their ids and checked by the whole ids.
    """
    if not txids:
        return []
    statement = Statement()
    starts = statement.any_of({txid[:_ID_START] for txid in txids})
    sql = f"select height, tx_index from published.transaction_places where txid_start in {starts}"
    found = cursor.execute(sql, statement.values).fetchall()
    if not found:
        return []
    statement = Statement()
    sql = f"""
        select height, tx_index from published.transactions
        where {among(found)} and txid in {statement.any_of(txids)}
    """
    return sorted(cursor.execute(sql, statement.values).fetchall())


def among(places: Collection[tuple[int, int]]) -> str:
    """The condition that a row is of one of these transactions; heights also alone, by which files are left out."""
    if not places:
        return "false"
    numbers = ", ".join(str(height * sequence.BLOCK + index) for height, index in sorted(set(places)))
    return f"{at(height for height, _ in places)} and {sequence.POSITION} in ({numbers})"


def at(heights: Iterable[int]) -> str:
    """The condition that a row is of one of these blocks."""
    wanted = sorted(set(heights))
    return f"height in ({', '.join(map(str, wanted))})" if wanted else "false"
