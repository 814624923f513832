"""Builds SQL with named parameters: input of callers is only ever passed as parameter values."""

from collections.abc import Iterable

Value = object

# DuckDB 1.5 turns a comparison with `row_number()` into a search for the topmost rows. That is quick for few rows, slow
# for many and refused for a million.
_FEW = 1_000


class Statement:
    """A statement under construction: gives out placeholders and keeps their values."""

    def __init__(self) -> None:
        self.values: dict[str, Value] = {}

    def value(self, value: Value) -> str:
        """The placeholder of a value."""
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f"${name}"

    def any_of(self, values: Iterable[Value]) -> str:
        """Placeholders in brackets, for ``in``."""
        return f"({', '.join(self.value(value) for value in values)})"

    def first_of_each(self, group: str, order: str, limit: int) -> str:
        """The clause that keeps the first rows of each group.

        Args:
            group: column that tells the groups apart.
            order: column, and direction, that tells which rows are first; no two rows of a group are equal in it.
            limit: rows of each group.
        """
        if limit <= _FEW:
            number = f"row_number() over (partition by {group} order by {order})"
        else:
            number = f"count(*) over (partition by {group} order by {order} rows unbounded preceding)"
        return f"qualify {number} <= {self.value(limit)}"
