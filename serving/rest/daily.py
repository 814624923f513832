"""Daily rows: `metrics_daily` with one column a metric, each row printed by DuckDB itself."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from serving.instants import iso
from serving.known import reviews_at, revisions_at, values_at
from serving.published import Snapshot
from serving.rest.bounds import DayRange
from serving.rest.paging import Key
from serving.rest.parameters import AssetMetricsQuery, Format, PagingFrom, Sort, Status
from serving.rest.rows import CHUNK
from serving.rest.selection import Selection
from serving.statements import Statement


@dataclass(frozen=True)
class DailyRows:
    """One row for every asset and day on which at least one of the metrics has a value."""

    selection: Selection
    days: DayRange
    query: AssetMetricsQuery
    moment: datetime | None = None

    @property
    def key_length(self) -> int:
        """Parts of a row's key."""
        return 2

    def header(self, snapshot: Snapshot) -> list[str]:
        """The columns of the CSV form."""
        columns = ["asset", "time"]
        for metric in self.selection.metrics:
            columns.append(metric)
            if snapshot.catalog.metrics[metric].reviewable:
                columns += [f"{metric}-status", f"{metric}-status-time"]
        return columns

    def fetch(
        self, snapshot: Snapshot, after: Key | None, backwards: bool, limit: int | None
    ) -> Iterator[list[tuple[Key, str]]]:
        """See `Rows`; keys are (asset, day), or (day, asset) where rows are ordered by time."""
        valued = self._valued(snapshot)
        if not valued:
            return
        statement = Statement()
        sql = self._sql(statement, snapshot, valued, after, backwards, limit)
        with snapshot.cursor() as cursor:
            result = cursor.execute(sql, statement.values)
            while chunk := result.fetchmany(CHUNK):
                yield [((first, second), line) for first, second, line in chunk]

    def _valued(self, snapshot: Snapshot) -> list[str]:
        """The metrics whose values are wanted: those that have no status, or can have the status asked for.

        Nothing is ever ``flash``, because a day is published once all its checks have passed, and not before.
        """
        wanted = {
            Status.ALL: self._reviewable(snapshot),
            Status.FLASH: [],
            Status.REVIEWED: self._reviewable(snapshot),
            Status.REVISED: self._revised(snapshot),
        }[self.query.status]
        return [m for m in self.selection.metrics if m in wanted or not snapshot.catalog.metrics[m].reviewable]

    def _reviewable(self, snapshot: Snapshot) -> list[str]:
        return [m for m in self.selection.metrics if snapshot.catalog.metrics[m].reviewable]

    def _revised(self, snapshot: Snapshot) -> list[str]:
        return [m for m in self.selection.metrics if m in snapshot.revised]

    def _sql(
        self,
        statement: Statement,
        snapshot: Snapshot,
        valued: list[str],
        after: Key | None,
        backwards: bool,
        limit: int | None,
    ) -> str:
        direction = "desc" if backwards else "asc"
        reviews = "day_reviews"
        if self.moment and self._reviewable(snapshot):
            reviews = reviews_at(statement, self.moment)
        order = ("time", "asset") if self.query.sort is Sort.TIME else ("asset", "time")
        line = self._csv(statement, snapshot, valued) if self.query.format is Format.CSV else None
        line = line or self._json(statement, snapshot, valued)
        behind = ""
        if after is not None:
            values = ", ".join(statement.value(part) for part in after)
            behind = f"where ({order[0]}::varchar, {order[1]}::varchar) {'<' if backwards else '>'} ({values})"
        return f"""
            with days as ({self._days(statement, snapshot, valued)})
            select {order[0]}::varchar, {order[1]}::varchar, {line}
            from days {f"left join {reviews} on time = day" if self._reviewable(snapshot) else ""} {behind}
            order by {order[0]} {direction}, {order[1]} {direction}
            {f"limit {limit}" if limit is not None else ""}
        """

    def _days(self, statement: Statement, snapshot: Snapshot, valued: list[str]) -> str:
        revised = [metric for metric in self._revised(snapshot) if metric in valued]
        # A single metric has one row a day already; several are pivoted into columns.
        grouped = len(valued) > 1

        def column(name: str, metric: str) -> str:
            return f"max({name}) filter (where metric = {statement.value(metric)})" if grouped else name

        columns = [f"{column('value_text', metric)} as v{self._number(metric)}" for metric in valued]
        columns += [f"{column('revised_at', metric)} as r{self._number(metric)}" for metric in revised]
        asked = [f"asset in {statement.any_of(self.selection.assets)}", f"metric in {statement.any_of(valued)}"]
        if self.days.first is not None:
            asked.append(f"time >= {statement.value(self.days.first)}")
        if self.days.last is not None:
            asked.append(f"time <= {statement.value(self.days.last)}")
        values, revisions = "published.metrics_daily", "revisions"
        if self.moment:
            ahead = [metric for metric in valued if snapshot.catalog.metrics[metric].days_ahead]
            values = values_at(statement, self.moment, " and ".join(asked), ahead)
            revisions = revisions_at(statement, self.moment) if revised else ""
        conditions = [*asked, "value_text is not null"]
        if revised and self.query.status is not Status.ALL:
            of_status = "is not null" if self.query.status is Status.REVISED else "is null"
            conditions.append(f"(metric not in {statement.any_of(revised)} or revised_at {of_status})")
        per_asset = ""
        if self.query.limit_per_asset is not None:
            direction = "" if self.query.paging_from is PagingFrom.START else "desc"
            per_asset = statement.first_of_each("asset", f"time {direction}", self.query.limit_per_asset)
        return f"""
            select asset, time, {", ".join(columns)}
            from {values} {f"left join {revisions} using (asset, metric, time)" if revised else ""}
            where {" and ".join(conditions)}
            {"group by asset, time" if grouped else ""}
            {per_asset}
        """

    def _json(self, statement: Statement, snapshot: Snapshot, valued: list[str]) -> str:
        parts = ["""'{"asset":"' || asset || '","time":"' || time::varchar || 'T00:00:00.000000000Z"'"""]
        for metric in self.selection.metrics:
            name = statement.value(f",{json.dumps(metric)}:")
            text = f"""{name} || coalesce('"' || {self._printed(metric, valued)} || '"', 'null')"""
            if snapshot.catalog.metrics[metric].reviewable and metric in valued:
                names = [statement.value(f',"{metric}-{name}":"') for name in ("status", "status-time")]
                status, moment = self._status(statement, snapshot, metric)
                status = f"""{names[0]} || {status} || '"' || {names[1]} || {moment} || '"'"""
                text += f" || {self._with_value(metric, status, '')}"
            if self.selection.support[metric] != frozenset(self.selection.assets):
                having = statement.any_of(sorted(self.selection.support[metric]))
                text = f"case when asset in {having} then {text} else '' end"
            parts.append(f"({text})")
        return " || ".join([*parts, "'}'"])

    def _csv(self, statement: Statement, snapshot: Snapshot, valued: list[str]) -> str:
        parts = ["asset || ',' || time::varchar || 'T00:00:00.000000000Z'"]
        for metric in self.selection.metrics:
            parts.append(f"',' || coalesce({self._printed(metric, valued)}, '')")
            if snapshot.catalog.metrics[metric].reviewable and metric in valued:
                status, moment = self._status(statement, snapshot, metric)
                parts.append(self._with_value(metric, f"',' || {status} || ',' || {moment}", ",,"))
            elif snapshot.catalog.metrics[metric].reviewable:
                parts.append("',,'")
        return " || ".join(parts)

    def _printed(self, metric: str, valued: list[str]) -> str:
        column = f"v{self._number(metric)}" if metric in valued else "null::varchar"
        return f"coalesce({column}, '0')" if self.query.null_as_zero else column

    def _with_value(self, metric: str, text: str, otherwise: str) -> str:
        return f"case when v{self._number(metric)} is null then '{otherwise}' else {text} end"

    def _status(self, statement: Statement, snapshot: Snapshot, metric: str) -> tuple[str, str]:
        """Status of a metric's value, and since when."""
        # Without a history of reviews, the time of publication counts as the review.
        reviewed_at = f"coalesce(reviewed_at, {statement.value(iso(snapshot.published_at.replace(tzinfo=None)))})"
        if metric not in snapshot.revised:
            return f"'{Status.REVIEWED}'", reviewed_at
        revised_at = f"r{self._number(metric)}"
        return (
            f"case when {revised_at} is null then '{Status.REVIEWED}' else '{Status.REVISED}' end",
            f"coalesce({revised_at}, {reviewed_at})",
        )

    def _number(self, metric: str) -> int:
        return self.selection.metrics.index(metric)
