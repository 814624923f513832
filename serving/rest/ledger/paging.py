"""Pages of rows that have a number: each goes on where the one before ended."""

from collections.abc import Callable, Iterator

from serving.errors import NotSupportedError
from serving.rest.ledger import sequence
from serving.rest.ledger.ranges import Part
from serving.rest.paging import Key
from serving.rest.rows import CHUNK

Line = tuple[int, str]


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
