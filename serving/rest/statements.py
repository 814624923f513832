"""SQL with named parameters, written piece by piece: the text is ours, what callers send goes in as values only."""

from collections.abc import Iterable

Value = object


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
