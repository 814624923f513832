"""Blocks of the ledger, in the order of the chain."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from serving.instants import iso
from serving.rest.ledger import sequence
from serving.rest.ledger.cursor import Cursor
from serving.rest.ledger.paging import Line, Numbered
from serving.rest.ledger.ranges import Part, at
from serving.rest.ledger.texts import known
from serving.rest.numbers import plain_decimal
from serving.statements import Statement

_COLUMNS = """
    height, hash, previous_hash, median_time, time, transaction_count, size, weight, version, difficulty
"""


@dataclass(frozen=True)
class Blocks(Numbered):
    """The blocks that a request asks for; their keys are the first numbers that their entries can have.

    Attributes:
        asset: the ledger's.
        part: of the chain.
        heights: no others; None for all.
    """

    heights: Sequence[int] | None = None

    def _page(self, cursor: Cursor, backwards: bool, part: Part, size: int) -> list[Line]:
        statement = Statement()
        conditions = [f"asset = {statement.value(self.asset)}"]
        conditions += part.conditions(statement, f"height::bigint * {sequence.BLOCK}")
        if self.heights is not None:
            conditions.append(at(self.heights))
        sql = f"""
            select {_COLUMNS} from published.blocks
            where {" and ".join(conditions)}
            order by height {"desc" if backwards else "asc"}
            limit {size}
        """
        rows = cursor.execute(sql, statement.values).fetchall()
        entries = _entries([row[0] for row in rows], cursor)
        return [
            (row[0] * sequence.BLOCK, json.dumps(_fields(row, entries.get(row[0], 0)), separators=(",", ":")))
            for row in rows
        ]


def block_fields(asset: str, height: int, cursor: Cursor) -> dict[str, object]:
    """What lists of blocks say of a block that there is."""
    sql = f"select {_COLUMNS} from published.blocks where asset = ? and height = ?"
    (row,) = cursor.execute(sql, [asset, height]).fetchall()
    return _fields(row, _entries([height], cursor).get(height, 0))


def _entries(heights: Sequence[int], cursor: Cursor) -> dict[int, int]:
    """How many entries blocks have, of those that have any."""
    sql = f"select height, count(*) from published.balance_updates where {at(heights)} group by height"
    return dict(cursor.execute(sql).fetchall())


def _fields(row: tuple[Any, ...], entries: int) -> dict[str, object]:
    height, block_hash, parent, median_time, time, count, size, weight, version, difficulty = row
    return known(
        {
            "block_hash": block_hash,
            "parent_block_hash": parent,
            "height": str(height),
            "consensus_time": iso(median_time),
            "miner_time": iso(time),
            "n_transactions": str(count),
            "n_balance_updates": str(entries),
            "version": None if version is None else str(version),
            "difficulty": None if difficulty is None else plain_decimal(difficulty),
            "physical_size": None if size is None else str(size),
            "consensus_size": None if weight is None else str(weight),
        }
    )
