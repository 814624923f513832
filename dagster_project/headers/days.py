"""Whole days from consecutive headers."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from dagster_project.errors import SatledgerError, SourceChangedError
from dagster_project.headers.model import FIRST_HEIGHT, Header

ONE_DAY = timedelta(days=1)


def whole_days(headers: Iterable[Header], margin: int) -> Iterator[tuple[date, list[Header]]]:
    """Yield each complete day, in order, with its headers; a day without blocks has none.

    The first days may be incomplete, so they are left out unless the headers begin with block 1. So may the last ones:
    a day is left out unless ``margin`` headers come after its last one.

    Args:
        headers: headers of consecutive heights.
        margin: by how many blocks times may be out of order.

    Raises:
        SatledgerError: a block's time is further out of order than that.
    """
    pending: dict[date, list[Header]] = {}
    edge: date | None = None
    following: date | None = None
    from_start = False
    for number, header in enumerate(headers):
        from_start = from_start or header.height <= FIRST_HEIGHT
        day = header.day
        if number < margin and not from_start:
            edge = day if edge is None else max(edge, day)
            following = edge + ONE_DAY
        elif edge is None or day > edge:
            if following is not None and day < following:
                raise SatledgerError(
                    f"Block {header.height} belongs to {day}, but {margin} blocks before it all are of later days: "
                    "check the source of the headers."
                )
            pending.setdefault(day, []).append(header)
        while pending:
            first = min(pending)
            # After its first block the days before it are known to be empty; after its last block it is complete.
            if header.height - pending[first][0].height >= margin - 1:
                yield from ((empty, []) for empty in _days_between(following or first, first))
                following = first
            if header.height - pending[first][-1].height < margin:
                break
            yield first, pending.pop(first)
            following = first + ONE_DAY


def _days_between(start: date, end: date) -> Iterator[date]:
    while start < end:
        yield start
        start += ONE_DAY


def linked(headers: Iterable[Header]) -> Iterator[Header]:
    """Yield headers unchanged, and check that each is the child of the one before it.

    Raises:
        SourceChangedError: one is not: the node reorganised while it was asked.
    """
    parent: Header | None = None
    for header in headers:
        if parent is not None and header.previous_hash not in (None, parent.hash):
            raise SourceChangedError(f"Block {header.height} is no child of block {parent.height} as read before.")
        yield header
        parent = header
