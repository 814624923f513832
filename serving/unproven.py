"""Days that entered the lake without the proof that sources can give: whoever reads values has to know of them."""

from dataclasses import dataclass
from datetime import date

import duckdb

from dagster_project.lake.proof_words import TOLD_BY_SOURCES


@dataclass(frozen=True)
class LetIn:
    """Days that only ``SATLEDGER_PROOF`` let in.

    Attributes:
        days: how many.
        first: the first of them.
        last: the last of them.
    """

    days: int
    first: date
    last: date

    def __str__(self) -> str:
        """One sentence."""
        which = f"1 day ({self.first})" if self.days == 1 else f"{self.days:,} days ({self.first} to {self.last})"
        return f"Blocks of {which} were not proven: the table unproven_days says what and why."


def load_let_in(cursor: duckdb.DuckDBPyConnection) -> LetIn | None:
    """Read what a published copy says of such days; None where it has none, or is of an earlier version."""
    tables = cursor.execute("select table_name from duckdb_tables() where database_name = 'published'").fetchall()
    if ("unproven_days",) not in tables:
        return None
    days, first, last = cursor.execute(
        """
        select count(distinct day), min(day), max(day) from published.unproven_days
        where list_contains($parts, part)
        """,
        {"parts": list(TOLD_BY_SOURCES)},
    ).fetchall()[0]
    return LetIn(days, first, last) if days else None
