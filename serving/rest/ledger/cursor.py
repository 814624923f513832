"""A cursor with a time limit: a list of all accounts may scan all of a long chain."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Timer

import duckdb

from serving.errors import ApiError
from serving.published import Snapshot

SECONDS = 30


class Cursor:
    """Runs statements on the published copy, each for so many seconds at most."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, seconds: float = SECONDS) -> None:
        self._connection = connection
        self._seconds = seconds

    def execute(
        self, sql: str, values: Sequence[object] | Mapping[str, object] | None = None
    ) -> duckdb.DuckDBPyConnection:
        """Run a statement and return what its rows are fetched from.

        Raises:
            ApiError: it took too long.
        """
        timer = Timer(self._seconds, self._connection.interrupt)
        timer.daemon = True
        timer.start()
        try:
            return self._connection.execute(sql, values)
        except duckdb.InterruptException:
            message = (
                f"This takes longer than {self._seconds:g} seconds: name accounts, transactions or blocks, or ask for "
                "a smaller range or page."
            )
            raise ApiError(503, "too_much", message) from None
        finally:
            timer.cancel()


@contextmanager
def reading(snapshot: Snapshot) -> Iterator[Cursor]:
    """A cursor of the caller's own to a version of the published copy."""
    with snapshot.cursor() as connection:
        yield Cursor(connection)
