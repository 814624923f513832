"""Limits for files from others: how long a row may be, and how large a compressed file may become."""

from collections.abc import Iterator
from typing import TextIO

# Characters of a row of CSV. One field may have 131,072 of them (Python's own limit).
MAX_ROW = 1 << 20
# Exports of bitcoin-etl compress to a third or a fifth (mainnet's first blocks and transactions, and regtest). A file
# that repeats the same text compresses to a thousandth.
MAX_RATIO = 200
# A file may unpack to this many bytes, whatever its ratio.
SMALL = 64 << 20
# Unpacking this much takes hours. Exports are split by height, so no file needs to be nearly as large.
MAX_UNPACKED = 256 << 30


class LongRowError(ValueError):
    """A row of CSV is longer than ``MAX_ROW``."""

    def __init__(self) -> None:
        super().__init__(f"a row of more than {MAX_ROW:,} characters")


class Lines:
    """The lines of a text file, for a CSV reader whose rows may span several lines.

    Args:
        file: the text.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._left = MAX_ROW

    def row_ends(self) -> None:
        """Mark the end of a row: the next line begins a new one."""
        self._left = MAX_ROW

    def __iter__(self) -> Iterator[str]:
        """Yield the lines with their ends.

        Raises:
            LongRowError: a row has more than ``MAX_ROW`` characters. No more of it is held in memory.
        """
        while line := self._file.readline(self._left + 1):
            self._left -= len(line)
            if self._left < 0:
                raise LongRowError
            yield line


def unpacking_problem(packed: int, unpacked: int, most: int = MAX_UNPACKED) -> str | None:
    """Why a file must not be unpacked further, as a part of a sentence; None where it may.

    Args:
        packed: bytes of the whole file.
        unpacked: bytes that it was unpacked to so far.
        most: bytes that it may be unpacked to.
    """
    if unpacked > most:
        return f"it unpacks to more than {most >> 30} GB"
    if unpacked > max(SMALL, MAX_RATIO * packed):
        return f"it unpacks to more than {MAX_RATIO} times its size"
    return None
