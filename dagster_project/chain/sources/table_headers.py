"""Headers of a file source, in a DuckDB table."""

from collections.abc import Sequence

import duckdb

from dagster_project.blocks.consensus import MEDIAN_SPAN, Header
from dagster_project.errors import SatledgerError


class TableHeaders:
    """The headers in the table ``headers`` (height, hash, previous_hash, time, median_time, transactions).

    Raises:
        SatledgerError: a height is missing or listed twice, or there are none.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, where: str, tip: Header | None = None) -> None:
        self._connection = connection
        _require_contiguous(connection, where)
        self._lowest, self._highest = connection.execute("SELECT min(height), max(height) FROM headers").fetchall()[0]
        self._tip = tip or self.headers(self._highest, self._highest)[0]

    def lowest(self) -> int:
        """The lowest height in the table."""
        return self._lowest

    def highest(self) -> int:
        """The highest height in the table."""
        return self._highest

    def tip(self) -> Header:
        """The last block of the source, which may be higher than the table's last one."""
        return self._tip

    def headers(self, first: int, last: int) -> Sequence[Header]:
        """The headers of some heights, both ends included."""
        rows = self._connection.execute(f"""
            SELECT height, hash, previous_hash, time, median_time, transactions FROM headers
            WHERE height BETWEEN {first} AND {last} ORDER BY height
        """).fetchall()
        return [Header(*row) for row in rows]


def add_ancestry(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill in ``median_time`` and ``previous_hash`` where they are null and the table has the ancestors needed."""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE headers AS
        WITH spans AS (
            SELECT *, list(time) OVER (ORDER BY height ROWS {MEDIAN_SPAN - 1} PRECEDING) AS times FROM headers
        )
        SELECT height, hash, time, transactions,
            coalesce(previous_hash, lag(hash) OVER (ORDER BY height)) AS previous_hash,
            CASE
                WHEN median_time IS NOT NULL THEN median_time
                WHEN len(times) >= least(height + 1, {MEDIAN_SPAN}) THEN list_sort(times)[len(times) // 2 + 1]
            END AS median_time
        FROM spans
    """)


def _require_contiguous(connection: duckdb.DuckDBPyConnection, where: str) -> None:
    offender = connection.execute("""
        SELECT height, following FROM (SELECT height, lead(height) OVER (ORDER BY height) AS following FROM headers)
        WHERE following <> height + 1 ORDER BY height LIMIT 1
    """).fetchone()
    if offender is None:
        if connection.execute("SELECT count(*) FROM headers").fetchall() == [(0,)]:
            raise SatledgerError(f"There are no blocks in {where}: export some there, or point elsewhere.")
        return
    height, following = offender
    if following == height:
        raise SatledgerError(
            f"Block {height} is listed twice in {where}: remove one of its files, or export that range again."
        )
    missing = f"height {height + 1}" if following == height + 2 else f"heights {height + 1} to {following - 1}"
    raise SatledgerError(
        f"Block {height + 1} is missing in {where} (the one after {height} is {following}): export {missing} too."
    )
