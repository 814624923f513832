"""When days were reviewed, and which values they had before they changed.

These times come from the clock and not from the chain. Both records only grow: a day is added when it is first
published, a value when another one replaces it.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from pathlib import Path

import duckdb

from dagster_project.days import Days
from dagster_project.lake.staging import quoted
from dagster_project.publish.pieces import Piece, form_of, write_query
from dagster_project.publish.state import HISTORY, HISTORY_COLUMNS

Reviews = Sequence[tuple[date, datetime]]

_ROW_GROUP = 32_768
# No row and a null value count as equal. Values of a day that is published for the first time are not changes.
_CHANGED = """
create or replace temp table changed as
select asset, time, metric, old_rows.value_text
from (select asset, time, metric, value_text from {new} where {looked_at}) as new_rows
full join (select asset, time, metric, value_text from {old} where {looked_at}) as old_rows using (asset, time, metric)
where
    new_rows.value_text is distinct from old_rows.value_text
    and (old_rows.value_text is not null or list_contains({days}, time))
"""
# A value is valid from its last change, or else from the review of its day (for rates: of the day before).
_FORMER = """
select
    changed.asset,
    changed.time,
    changed.metric,
    changed.value_text,
    greatest(coalesce(reviewed.moment, before.moment, timestamp '{first}'), recorded.moment) as valid_from,
    timestamp '{moment}' as valid_to
from changed
left join reviews as reviewed on changed.time = reviewed.day
left join reviews as before on changed.time = before.day + 1
left join (
    select asset, time, metric, max(valid_to) as moment
    from {history}
    where time in (select time from changed)
    group by all
) as recorded on changed.asset = recorded.asset and changed.time = recorded.time and changed.metric = recorded.metric
order by {order}
"""


def reviewed(before: Reviews, built: Collection[date], published: Collection[date], moment: datetime) -> Reviews:
    """The record of reviews, extended by the days that are published for the first time, or again.

    Args:
        before: the record so far.
        built: days that are published now.
        published: days of the previous state.
        moment: time of publication.
    """
    known = {day for day, _ in before}
    return [*before, *((day, moment) for day in sorted(built) if day not in known or day not in published)]


def record_changes(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    old: Iterable[Piece],
    new: Iterable[Piece],
    days: Days | None,
    published: Collection[date],
    reviews: Reviews,
    history: Sequence[Piece],
    moment: datetime,
) -> Sequence[Piece]:
    """Compare the metrics of two states, and return the pieces of the history of values, with the changes added.

    Args:
        connection: to write with.
        folder: of the pieces.
        old: pieces of ``metrics_daily`` in the previous state.
        new: pieces of ``metrics_daily`` in the new state.
        days: the only days on which values may differ; None if they are not known.
        published: days of the previous state.
        reviews: record of reviews of the previous state.
        history: pieces of the history in the previous state.
        moment: time of publication.

    Raises:
        duckdb.Error: a file of the previous state cannot be read.
    """
    before, after = ({piece.file: piece for piece in pieces if piece.file is not None} for pieces in (old, new))
    gone, come = before.keys() - after.keys(), after.keys() - before.keys()
    if not published or not gone | come:
        return history
    known = ", ".join(f"date '{day}'" for day in sorted(published))
    connection.execute(
        _CHANGED.format(
            new=_files(folder, come),
            old=_files(folder, gone),
            looked_at=f"time between date '{days.first}' and date '{days.last}'" if days else "true",
            days=f"[{known}]::date[]",
        )
    )
    row = connection.execute("select count(*), min(time), max(time) from changed").fetchone()
    if row is None or not row[0]:
        return history
    connection.execute("create or replace temp table reviews (day date, moment timestamp)")
    latest = dict(reviews)
    values = ", ".join(f"('{day}', '{at}')" for day, at in latest.items())
    connection.execute(f"insert into reviews values {values}")
    query = _FORMER.format(
        first=min(latest.values()),
        moment=moment,
        history=_files(folder, [piece.file for piece in history if piece.file]),
        order=HISTORY.order_by,
    )
    pieces = [*history, _write(connection, query, Days(row[1], row[2]), folder)]
    # Join the last pieces until each is more than twice as large as the next: this keeps files few and rewrites rare.
    while len(pieces) > 1 and pieces[-2].rows <= 2 * pieces[-1].rows:
        joined = pieces[-2:]
        files = _files(folder, [piece.file for piece in joined if piece.file])
        span = Days(min(each.span.first for each in joined), max(each.span.last for each in joined))
        pieces[-2:] = [_write(connection, f"from {files} order by {HISTORY.order_by}", span, folder)]
    return pieces


def _write(connection: duckdb.DuckDBPyConnection, query: str, span: Days, folder: Path) -> Piece:
    form = form_of(HISTORY, HISTORY_COLUMNS)
    return write_query(connection, query, HISTORY.name, span, folder, form=form, row_group=_ROW_GROUP)


def _files(folder: Path, files: Iterable[str]) -> str:
    listed = ", ".join(quoted(folder / file) for file in sorted(files))
    if listed:
        return f"read_parquet([{listed}])"
    columns = ", ".join(f"null::{kind} as {name}" for name, kind in HISTORY_COLUMNS.items())
    return f"(select {columns} where false)"
