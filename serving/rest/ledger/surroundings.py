"""Context of an entry or a transaction: its block, and the transaction's id."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from serving.instants import iso
from serving.rest.ledger.cursor import Cursor
from serving.rest.ledger.ranges import among, at
from serving.statements import Statement

Place = tuple[int, int]


@dataclass(frozen=True)
class Block:
    """What is told of a block where it is not itself asked for."""

    height: int
    hash: str
    median_time: datetime
    time: datetime

    def fields(self) -> dict[str, object]:
        """Hash, height and consensus time."""
        return {
            "block_hash": self.hash,
            "height": str(self.height),
            "consensus_time": iso(self.median_time),
        }


def blocks_at(heights: Collection[int], asset: str, cursor: Cursor) -> dict[int, Block]:
    """Blocks by height."""
    statement = Statement()
    sql = f"""
        select height, hash, median_time, time from published.blocks
        where asset = {statement.value(asset)} and {at(heights)}
    """
    return {row[0]: Block(*row) for row in cursor.execute(sql, statement.values).fetchall()}


def txids_at(places: Collection[Place], cursor: Cursor) -> dict[Place, str]:
    """Ids of transactions by height and tx_index; what is at -1 is no transaction and has none."""
    sql = f"select height, tx_index, txid from published.transactions where {among(places)}"
    return {(height, index): txid for height, index, txid in cursor.execute(sql).fetchall()}
