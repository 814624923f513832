"""Accounts of the ledger, in the order of their first entries."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from serving.instants import iso
from serving.rest.ledger import sequence
from serving.rest.ledger.cursor import Cursor
from serving.rest.ledger.history import of_accounts
from serving.rest.ledger.paging import Line, Numbered
from serving.rest.ledger.ranges import Part
from serving.rest.ledger.surroundings import Block, blocks_at
from serving.rest.ledger.texts import amount, known
from serving.statements import Statement

_VIRTUAL = ("FEES", "ISSUANCE", "UNSPENDABLE")
# Entries scanned at once for accounts that begin with them: about one in four does.
_LOOKED_THROUGH = 4
_FEWEST, _MOST = 1_000, 50_000
# If few do, larger pieces are cheaper, because each piece is looked up in all files.
_GROWTH = 4


@dataclass(frozen=True)
class Account:
    """An account as it is now; the balance in satoshi.

    Attributes:
        name: its name.
        balance: now.
        debits: entries below 0.
        credits: entries from 0 on.
        first: number of its first entry.
        last: number of its last entry.
        debit_height: of its last debit; None where there is none.
        credit_height: of its last credit; None where there is none.
    """

    name: str
    balance: int
    debits: int
    credits: int
    first: int
    last: int
    debit_height: int | None
    credit_height: int | None

    def fields(self, block: Block) -> dict[str, object]:
        """What is told of it; the block is that of its first entry."""
        return known(
            {
                "account": self.name,
                "type": "VIRTUAL" if self.name in _VIRTUAL else "UTXO",
                "balance": amount(self.balance),
                "n_debits": str(self.debits),
                "n_credits": str(self.credits),
                "creation_height": str(block.height),
                "creation_block_hash": block.hash,
                "creation_time": iso(block.median_time),
                "creation_chain_sequence_number": str(self.first),
                "last_chain_sequence_number": str(self.last),
                "last_debit_height": None if self.debit_height is None else str(self.debit_height),
                "last_credit_height": None if self.credit_height is None else str(self.credit_height),
            }
        )


@dataclass(frozen=True)
class Accounts(Numbered):
    """The accounts that a request asks for; their keys are the numbers of their first entries.

    Attributes:
        asset: the ledger's.
        part: of the chain, in which their first entries lie.
        names: no others; None for all.
    """

    names: Sequence[str] | None = None

    def _page(self, cursor: Cursor, backwards: bool, part: Part, size: int) -> list[Line]:
        if self.names is None:
            found = _beginning(part, size, backwards, cursor)
        else:
            found = [account for account in accounts_of(self.names, cursor) if part.first <= account.first <= part.last]
        found = sorted(found, key=lambda account: account.first, reverse=backwards)[:size]
        blocks = blocks_at({sequence.height_of(account.first) for account in found}, self.asset, cursor)
        return [
            (each.first, json.dumps(each.fields(blocks[sequence.height_of(each.first)]), separators=(",", ":")))
            for each in found
        ]


def accounts_of(names: Collection[str], cursor: Cursor) -> list[Account]:
    """Accounts by name; of those that have no entry there is none."""
    if not names:
        return []
    statement = Statement()
    sql = f"""
        select
            account,
            sum(value)::bigint,
            count(*) filter (where value < 0),
            count(*) filter (where value >= 0),
            min({sequence.ENTRY}),
            max({sequence.ENTRY}),
            max(height) filter (where value < 0),
            max(height) filter (where value >= 0)
        from published.account_updates
        where {of_accounts(names, statement)}
        group by account
    """
    return [Account(*row) for row in cursor.execute(sql, statement.values).fetchall()]


def is_known(name: str, cursor: Cursor) -> bool:
    """Whether an account has an entry."""
    return cursor.execute("from published.account_updates where account = ? limit 1", [name]).fetchone() is not None


def _beginning(part: Part, size: int, backwards: bool, cursor: Cursor) -> list[Account]:
    """The next accounts whose first entries lie in a part of the chain, at least so many if there are.

    Looks through the part piece by piece: an account of whose entries one lies in a piece begins there if its first
    one does.
    """
    found: list[Account] = []
    looked_through = min(max(_FEWEST, _LOOKED_THROUGH * size), _MOST)
    while len(found) < size:
        statement = Statement()
        direction = "desc" if backwards else "asc"
        sql = f"""
            select account, {sequence.ENTRY} as number from published.balance_updates
            where {" and ".join(part.conditions(statement, "number"))}
            order by height {direction}, number {direction}
            limit {looked_through}
        """
        entries = cursor.execute(sql, statement.values).fetchall()
        if not entries:
            break
        ends = (entries[0][1], entries[-1][1])
        piece = Part(min(ends), max(ends))
        candidates = {account for account, _ in entries}
        found += [each for each in accounts_of(candidates, cursor) if piece.first <= each.first <= piece.last]
        if len(entries) < looked_through:
            break
        part = part.beyond(ends[1], backwards)
        looked_through = min(looked_through * _GROWTH, _MOST)
    return found
