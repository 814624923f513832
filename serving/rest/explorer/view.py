"""A query on the published tables: answered in pages, and shown to the caller as SQL to copy."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from fastapi import Request

from serving.errors import NotSupportedError
from serving.instants import iso
from serving.rest.ledger.cursor import Cursor
from serving.rest.paging import make_token, next_page_url, read_token

Value = str | int | date

# Limit of the offset: DuckDB has to sort the rows before the page to skip them.
FURTHEST = 1_000_000
_NAME = re.compile(r"\$([a-z_]+\d*)")
_INDENT = re.compile(r"^ {8}", re.MULTILINE)


@dataclass(frozen=True)
class View:
    """A question to the published tables.

    Attributes:
        sql: the query without order and bounds: tables as ``published.<name>``, values as ``$name``.
        order: what tells which row comes first; no two rows are equal in it.
        values: by name.
        summed: column of satoshi that is summed over all rows; None where a sum says nothing.
    """

    sql: str
    order: str
    values: Mapping[str, Value]
    summed: str | None = None

    def text(self, size: int) -> str:
        """The query as anybody can run it on the published file, with the values in it."""
        sql = f"{_INDENT.sub('', self.sql).strip()}\norder by {self.order}\nlimit {size}"
        return _NAME.sub(lambda found: _literal(self.values[found[1]]), sql.replace("published.", ""))

    def answer(self, request: Request, cursor: Cursor, size: int, token: str | None) -> dict[str, object]:
        """A page of the rows as JSON has it; whole numbers are text, as JavaScript's are not exact.

        Args:
            request: for the token of the next page.
            cursor: to the published copy.
            size: rows of a page.
            token: of the page; None for the first.

        Raises:
            ApiError: the token is none of this request, or it takes too long.
        """
        offset = _offset(request, token)
        total = f"sum({self.summed}) over ()" if self.summed else "null"
        found = cursor.execute(
            # Materialized: a window right above `in (select ...)` ends DuckDB 1.5.5 with an internal error, once in
            # some hundred queries on two threads, and every later query of the process with it.
            f"""
            with found as materialized ({self.sql})
            select *, count(*) over () as all_rows, {total} as all_summed
            from found
            order by {self.order}
            limit {size} offset {offset}
            """,
            dict(self.values),
        )
        names = [column[0] for column in found.description or ()][:-2]
        rows = found.fetchall()
        count = rows[0][-2] if rows else 0
        answer: dict[str, object] = {
            "data": [dict(zip(names, map(_plain, row[:-2]), strict=True)) for row in rows],
            "rows": str(count),
            "sql": self.text(size),
        }
        if self.summed:
            answer["sum"] = str(rows[0][-1]) if rows else "0"
        if offset + len(rows) < min(count, FURTHEST):
            following = make_token(request, (str(offset + len(rows)),))
            answer |= {"next_page_token": following, "next_page_url": next_page_url(request, following)}
        return answer


def _offset(request: Request, token: str | None) -> int:
    key = read_token(request, token, 1)
    if key is None:
        return 0
    if not re.fullmatch("[0-9]{1,7}", key[0], re.ASCII) or int(key[0]) > FURTHEST:
        raise NotSupportedError("next_page_token", token or "")
    return int(key[0])


def _literal(value: Value) -> str:
    if isinstance(value, date):
        return f"date '{value.isoformat()}'"
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def _plain(value: object) -> object:
    match value:
        case bool() | None | str():
            return value
        case datetime():
            return iso(value)
        case date():
            return value.isoformat()
        case _:
            return str(value)
