"""Rows in the form in which they are answered, a page or a stream of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from serving.published import Snapshot
from serving.rest.paging import Key

# Lines in one chunk of a stream: a compromise between speed and memory.
CHUNK = 5_000


class Rows(Protocol):
    """The rows that a request asks for, in its order, each as one line of the format asked for."""

    @property
    def key_length(self) -> int:
        """Parts of a row's key."""
        ...

    def fetch(
        self, snapshot: Snapshot, after: Key | None, backwards: bool, limit: int | None
    ) -> Iterator[list[tuple[Key, str]]]:
        """Chunks of (key, line) from one end, beginning behind a key.

        Args:
            snapshot: the version to read.
            after: key of the row that came before, in the direction of travel.
            backwards: from the last row to the first.
            limit: no more rows than that.
        """
        ...


class Table(Rows, Protocol):
    """Rows that have a CSV form."""

    def header(self, snapshot: Snapshot) -> list[str]:
        """The columns of the CSV form."""
        ...


@dataclass(frozen=True)
class Page:
    """Lines in ascending order, and the key from which the next page goes on, if there is one."""

    lines: Sequence[str]
    edge: Key | None


def page(rows: Rows, snapshot: Snapshot, after: Key | None, backwards: bool, size: int) -> Page:
    """One page; a next page is announced only if it has rows."""
    found = [row for chunk in rows.fetch(snapshot, after, backwards, size + 1) for row in chunk]
    edge = found[size - 1][0] if len(found) > size else None
    lines = [line for _, line in found[:size]]
    return Page(lines[::-1] if backwards else lines, edge)


def stream(rows: Rows, snapshot: Snapshot) -> Iterator[str]:
    """All rows, a text of many lines at a time, each line with its end."""
    for chunk in rows.fetch(snapshot, None, backwards=False, limit=None):
        yield "".join(f"{line}\n" for _, line in chunk)
