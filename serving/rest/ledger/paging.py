"""Pages of rows that have a number: each goes on where the one before ended."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from serving.errors import NotSupportedError
from serving.published import Snapshot
from serving.rest.ledger import sequence
from serving.rest.ledger.cursor import Cursor, reading
from serving.rest.ledger.ranges import Part
from serving.rest.paging import Key
from serving.rest.rows import CHUNK

Line = tuple[int, str]


@dataclass(frozen=True)
class Numbered(ABC):
    """Rows that are told by one number each, in a part of the chain: blocks, transactions, accounts (`Rows`).

    Attributes:
        asset: the ledger's.
        part: of the chain, in which their numbers lie.
    """

    asset: str
    part: Part

    @property
    def key_length(self) -> int:
        """A row is told by its number alone."""
        return 1

    def fetch(
        self, snapshot: Snapshot, after: Key | None, backwards: bool, limit: int | None
    ) -> Iterator[list[tuple[Key, str]]]:
        """See `Rows`."""
        with reading(snapshot) as cursor:
            yield from lines_of(partial(self._page, cursor, backwards), self.part, after, backwards, limit)

    @abstractmethod
    def _page(self, cursor: Cursor, backwards: bool, part: Part, size: int) -> list[Line]:
        """The next lines of a part, as `lines_of` asks for them."""


def lines_of(
    page: Callable[[Part, int], list[Line]], part: Part, after: Key | None, backwards: bool, limit: int | None
) -> Iterator[list[tuple[Key, str]]]:
    """All lines of a part of the chain, or as many as are asked for, with their keys.

    Args:
        page: the next lines of a part, at most so many, from its start or its end, each with its number; where there
            are fewer, no others follow.
        part: of the chain.
        after: key of the line before the first.
        backwards: whether pages come from the end of the part.
        limit: of lines; None for all.
    """
    if after is not None:
        part = part.beyond(_number(after), backwards)
    left = limit
    while left is None or left > 0:
        size = CHUNK if left is None else min(CHUNK, left)
        found = page(part, size)
        yield [((str(number),), line) for number, line in found]
        if len(found) < size:
            return
        part = part.beyond(found[-1][0], backwards)
        left = None if left is None else left - len(found)


def _number(after: Key) -> int:
    try:
        number = int(after[0])
    except ValueError:
        raise NotSupportedError("next_page_token", after[0]) from None
    if not 0 <= number <= sequence.LAST:
        raise NotSupportedError("next_page_token", after[0])
    return number
