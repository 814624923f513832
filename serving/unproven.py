"""Days that lack a part of the proof that other days have; readers of values are told."""

from dataclasses import dataclass
from datetime import date

import duckdb

from dagster_project.lake.proof_words import NOBODY_MINED, USUAL


@dataclass(frozen=True)
class Unproven:
    """Such days.

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
        return f"Blocks of {which} were not proven in whole: the table unproven_days says what and why."


def load_unproven(cursor: duckdb.DuckDBPyConnection) -> Unproven | None:
    """Read what a published copy says of such days; None where it has none, or is of an earlier version."""
    tables = cursor.execute("select table_name from duckdb_tables() where database_name = 'published'").fetchall()
    if ("unproven_days",) not in tables:
        return None
    days, first, last = cursor.execute(
        """
        select count(distinct day), min(day), max(day) from published.unproven_days
        where list_contains($parts, part) and reason <> $nobody
        """,
        {"parts": list(USUAL), "nobody": NOBODY_MINED},
    ).fetchall()[0]
    return Unproven(days, first, last) if days else None
