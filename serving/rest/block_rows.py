"""Rows per block, from `blocks` and `block_totals`.

A block's time is its consensus time: it never decreases with height, and a UTC day's rows are those that the day's
value is made of.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from serving.catalog import DEFAULT_CONFIRMATIONS, Metric
from serving.instants import iso
from serving.published import Snapshot
from serving.rest.bounds import BlockBounds
from serving.rest.numbers import plain_decimal
from serving.rest.paging import Key
from serving.rest.parameters import AssetMetricsQuery, Format, PagingFrom, Sort
from serving.rest.rows import CHUNK
from serving.rest.selection import Selection
from serving.statements import Statement

_DECIMALS = 8
_COLUMNS = ("asset", "height", "hash", "previous_hash", "median_time")
_ORDERS = {
    Sort.ASSET: ("asset", "height"),
    Sort.HEIGHT: ("height", "asset"),
    Sort.TIME: ("median_time", "asset", "height"),
}
_CASTS = {"height": "bigint", "median_time": "timestamp"}


@dataclass(frozen=True)
class BlockRows:
    """One row for every block in the bounds that is deep enough below the last published one."""

    selection: Selection
    bounds: BlockBounds
    query: AssetMetricsQuery

    @property
    def key_length(self) -> int:
        """Parts of a row's key."""
        return len(_ORDERS[self.query.sort])

    def header(self, snapshot: Snapshot) -> list[str]:
        """The columns of the CSV form."""
        return ["asset", "time", "height", "block_hash", "parent_block_hash", *self.selection.metrics]

    def fetch(
        self, snapshot: Snapshot, after: Key | None, backwards: bool, limit: int | None
    ) -> Iterator[list[tuple[Key, str]]]:
        """See `Rows`; keys are the columns that rows are ordered by."""
        if not self.selection.assets:
            return
        statement = Statement()
        sql = self._sql(statement, snapshot, after, backwards, limit)
        with snapshot.cursor() as cursor:
            result = cursor.execute(sql, statement.values)
            while chunk := result.fetchmany(CHUNK):
                yield [self._keyed(row, snapshot) for row in chunk]

    def _keyed(self, values: tuple[Any, ...], snapshot: Snapshot) -> tuple[Key, str]:
        block: dict[str, Any] = dict(zip(_COLUMNS, values, strict=False))
        texts = {
            metric: _text(snapshot.catalog.metrics[metric], value)
            for metric, value in zip(self.selection.metrics, values[len(_COLUMNS) :], strict=True)
        }
        row = self._row(block) | texts
        if self.query.format is Format.CSV:
            line = ",".join("" if value is None else value for value in row.values())
        else:
            line = json.dumps(row, separators=(",", ":"))
        return tuple(str(block[column]) for column in _ORDERS[self.query.sort]), line

    def _row(self, block: dict[str, Any]) -> dict[str, str | None]:
        return {
            "asset": block["asset"],
            "time": iso(block["median_time"]),
            "height": str(block["height"]),
            "block_hash": block["hash"],
            "parent_block_hash": block["previous_hash"],
        }

    def _sql(
        self, statement: Statement, snapshot: Snapshot, after: Key | None, backwards: bool, limit: int | None
    ) -> str:
        order = _ORDERS[self.query.sort]
        direction = "desc" if backwards else "asc"
        behind = ""
        if after is not None:
            columns = ", ".join(order)
            values = ", ".join(
                f"try_cast({statement.value(v)} as {_CASTS.get(c, 'varchar')})"
                for c, v in zip(order, after, strict=True)
            )
            behind = f"where ({columns}) {'<' if backwards else '>'} ({values})"
        # What a metric is of a block, the catalogue says as an expression over the columns of both tables.
        values = [f"({snapshot.catalog.metrics[metric].per_block})" for metric in self.selection.metrics]
        return f"""
            with wanted as ({self._wanted(statement)}),
            page as (
                select * from wanted {behind}
                order by {", ".join(f"{column} {direction}" for column in order)}
                {f"limit {limit}" if limit is not None else ""}
            )
            select {", ".join((*_COLUMNS, *values))}
            from page left join published.block_totals using (asset, day, height)
            order by {", ".join(f"{column} {direction}" for column in order)}
        """

    def _wanted(self, statement: Statement) -> str:
        confirmations = self.query.min_confirmations
        depth = statement.value(DEFAULT_CONFIRMATIONS if confirmations is None else confirmations)
        assets = statement.any_of(self.selection.assets)
        # Block 0 has no issuance, revenue or difficulty here, as in the daily metrics.
        conditions = ["height > 0", f"height <= tip - {depth}"]
        limits: list[tuple[str, int | datetime | None]] = [
            ("height >=", self.bounds.first_height),
            ("height <=", self.bounds.last_height),
            ("median_time >=", self.bounds.first_time),
            ("median_time <=", self.bounds.last_time),
        ]
        conditions += [f"{column} {statement.value(value)}" for column, value in limits if value is not None]
        per_asset = ""
        if self.query.limit_per_asset is not None:
            direction = "" if self.query.paging_from is PagingFrom.START else "desc"
            per_asset = statement.first_of_each("asset", f"height {direction}", self.query.limit_per_asset)
        return f"""
            select *
            from published.blocks
            join (select asset, max(height) as tip from published.blocks where asset in {assets} group by asset)
                using (asset)
            where {" and ".join(conditions)}
            {per_asset}
        """


def _text(metric: Metric, value: float | None) -> str | None:
    """The value of a block as it is written: exact, in the metric's unit."""
    if value is None:
        return None
    if metric.value_type == "quotient":
        return plain_decimal(value)
    if metric.value_type == "native":
        return format(Decimal(value).scaleb(-_DECIMALS), "f")
    return str(value)
