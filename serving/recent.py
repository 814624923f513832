"""A mapping of bounded size, for entries that callers create, such as their addresses."""

from collections import OrderedDict
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """Values of the names that were written last."""

    def __init__(self, size: int) -> None:
        """Keep no more than ``size`` values."""
        self._size = size
        self._values: OrderedDict[str, Value] = OrderedDict()

    def __len__(self) -> int:
        """How many values are kept now."""
        return len(self._values)

    def get(self, name: str) -> Value | None:
        """The value of a name; None where there is none any more."""
        return self._values.get(name)

    def put(self, name: str, value: Value) -> None:
        """Keep a value, and forget the one that was written longest ago if there are too many."""
        self._values[name] = value
        self._values.move_to_end(name)
        if len(self._values) > self._size:
            self._values.popitem(last=False)
