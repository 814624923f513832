"""Transactions of the ledger, in the order of the chain."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from serving.instants import iso
from serving.rest.ledger import sequence
from serving.rest.ledger.cursor import Cursor
from serving.rest.ledger.paging import Line, Numbered
from serving.rest.ledger.ranges import Part, among, at, pieces, tip_of
from serving.rest.ledger.surroundings import Block, Place, blocks_at
from serving.rest.ledger.texts import amount, known
from serving.statements import Statement


@dataclass(frozen=True)
class Transaction:
    """A transaction; amounts in satoshi.

    Attributes:
        height: of its block.
        index: in the block.
        txid: its id.
        size: in bytes.
        fee: 0 of a coinbase.
        entries: how many it has in the ledger.
        first: number of the first entry; None where there are none.
        last: number of the last one.
        amount: sum of its debits, as a positive number.
    """

    height: int
    index: int
    txid: str
    size: int
    fee: int
    entries: int
    first: int | None
    last: int | None
    amount: int

    @property
    def position(self) -> int:
        """Its number in the chain."""
        return self.height * sequence.BLOCK + self.index

    def fields(self, block: Block) -> dict[str, object]:
        """What is told of it within its block."""
        return known(
            {
                "txid": self.txid,
                "consensus_time": iso(block.median_time),
                "miner_time": iso(block.time),
                "tx_position": str(self.position),
                "n_balance_updates": str(self.entries),
                "amount": amount(self.amount),
                "min_chain_sequence_number": None if self.first is None else str(self.first),
                "max_chain_sequence_number": None if self.last is None else str(self.last),
            }
        )

    def alone(self, block: Block) -> dict[str, object]:
        """What is told of it by itself."""
        return {
            **block.fields(),
            **self.fields(block),
            "physical_size": str(self.size),
            "fee": amount(self.fee),
        }


@dataclass(frozen=True)
class Transactions(Numbered):
    """The transactions that a request asks for; their keys are their positions.

    Attributes:
        asset: the ledger's.
        part: of the chain; a transaction is in it where all numbers of its place are.
        places: no others; None for all.
        heights: none of other blocks; None for all.
    """

    places: Sequence[Place] | None = None
    heights: Sequence[int] | None = None

    def _page(self, cursor: Cursor, backwards: bool, part: Part, size: int) -> list[Line]:
        places: list[Place] = []
        whole = self.heights is not None or self.places is not None
        for piece in [part] if whole else pieces(part, tip_of(self.asset, cursor), backwards):
            places += self._search(cursor, piece, backwards, size - len(places))
            if len(places) >= size:
                break
        blocks = blocks_at({height for height, _ in places}, self.asset, cursor)
        found = transactions_at(places, cursor)
        lines = [(each.position, json.dumps(each.alone(blocks[each.height]), separators=(",", ":"))) for each in found]
        return lines[::-1] if backwards else lines

    def _search(self, cursor: Cursor, part: Part, backwards: bool, size: int) -> list[Place]:
        statement = Statement()
        conditions = part.conditions(statement, sequence.POSITION)
        if self.heights is not None:
            conditions.append(at(self.heights))
        if self.places is not None:
            conditions.append(among(self.places))
        direction = "desc" if backwards else "asc"
        sql = f"""
            select height, tx_index from published.transactions
            where {" and ".join(conditions)}
            order by height {direction}, tx_index {direction}
            limit {size}
        """
        return cursor.execute(sql, statement.values).fetchall()


def transactions_at(places: Collection[Place], cursor: Cursor) -> list[Transaction]:
    """Transactions by height and index, in the order of the chain."""
    if not places:
        return []
    sql = f"""
        with wanted as (
            select height, tx_index, txid, size, fee from published.transactions where {among(places)}
        ),
        sums as (
            select
                height,
                tx_index,
                count(*) as entries,
                min({sequence.ENTRY}) as first,
                max({sequence.ENTRY}) as last,
                -sum(least(value, 0)) as amount
            from published.balance_updates
            where {among(places)}
            group by height, tx_index
        )
        select
            height, tx_index, txid, size, fee, coalesce(entries, 0), first, last, coalesce(amount, 0)::bigint
        from wanted
        left join sums using (height, tx_index)
        order by height, tx_index
    """
    return [Transaction(*row) for row in cursor.execute(sql).fetchall()]
