"""Balance updates: entries of the ledger in the order of the chain, of all accounts or of some."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from serving.errors import ApiError, shortened
from serving.rest.ledger import sequence
from serving.rest.ledger.accounts import is_known
from serving.rest.ledger.cursor import Cursor
from serving.rest.ledger.history import of_accounts, updates_at
from serving.rest.ledger.paging import Line, Numbered
from serving.rest.ledger.ranges import Part, among, at, pieces, tip_of
from serving.rest.ledger.surroundings import Place, blocks_at, txids_at
from serving.statements import Statement


@dataclass(frozen=True)
class Updates(Numbered):
    """The entries that a request asks for; their keys are their numbers.

    Attributes:
        asset: the ledger's.
        part: of the chain.
        accounts: no entries of others; None for all.
        places: no entries of other transactions; None for all.
        heights: no entries of other blocks; None for all.
        per_account: at most so many of each account; None for all.
        latest: whether these are the last ones, not the first.
        must_exist: whether an account without any entry is an error.
    """

    accounts: Sequence[str] | None = None
    places: Sequence[Place] | None = None
    heights: Sequence[int] | None = None
    per_account: int | None = None
    latest: bool = False
    must_exist: bool = False

    def _page(self, cursor: Cursor, backwards: bool, part: Part, size: int) -> list[Line]:
        found = self._places(cursor, part, backwards, size)
        if self.must_exist and not found:
            self._refuse_unknown(cursor)
        updates = updates_at([number for _, _, _, number in found], {account for account, *_ in found}, cursor)
        blocks = blocks_at({height for _, height, _, _ in found}, self.asset, cursor)
        txids = txids_at({(height, index) for _, height, index, _ in found}, cursor)
        indexes = {number: index for _, _, index, number in found}
        lines: list[Line] = []
        for update in updates:
            txid = txids.get((update.height, indexes[update.number]))
            row = {
                **blocks[update.height].fields(),
                **({"txid": txid} if txid else {}),
                **update.fields(),
                **update.totals(),
            }
            lines.append((update.number, json.dumps(row, separators=(",", ":"))))
        return lines[::-1] if backwards else lines

    def _refuse_unknown(self, cursor: Cursor) -> None:
        """Raise an error where an account has no entry at all.

        Raises:
            ApiError: it has none.
        """
        for account in self.accounts or ():
            if not is_known(account, cursor):
                raise ApiError(404, "not_found", f"Account '{shortened(account)}' not found.")

    def _places(self, cursor: Cursor, part: Part, backwards: bool, size: int) -> list[tuple[str, int, int, int]]:
        """Account, height, tx_index and number of the next entries."""
        if self.per_account or self.heights is not None or self.places is not None:
            return self._search(cursor, part, backwards, size)
        found: list[tuple[str, int, int, int]] = []
        for piece in pieces(part, tip_of(self.asset, cursor), backwards):
            found += self._search(cursor, piece, backwards, size - len(found))
            if len(found) >= size:
                break
        return found

    def _search(self, cursor: Cursor, part: Part, backwards: bool, size: int) -> list[tuple[str, int, int, int]]:
        statement = Statement()
        table = "balance_updates" if self.accounts is None else "account_updates"
        # Which entries are an account's first ones does not depend on the page.
        conditions = (self.part if self.per_account else part).conditions(statement, "number")
        if self.accounts is not None:
            conditions.append(of_accounts(self.accounts, statement))
        if self.heights is not None:
            conditions.append(at(self.heights))
        if self.places is not None:
            conditions.append(among(self.places))
        kept, direction = "", "desc" if backwards else "asc"
        if self.per_account:
            kept = statement.first_of_each("account", f"number {'desc' if self.latest else 'asc'}", self.per_account)
        sql = f"""
            with entries as (
                select account, height, tx_index, {sequence.ENTRY} as number from published.{table}
            ),
            wanted as (
                from entries where {" and ".join(conditions)} {kept}
            )
            from wanted
            where {" and ".join(part.conditions(statement, "number"))}
            order by height {direction}, number {direction}
            limit {size}
        """
        return cursor.execute(sql, statement.values).fetchall()
