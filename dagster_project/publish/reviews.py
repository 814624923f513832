"""When values were reviewed and revised: a record that lies beside the published copy.

The copy is a function of its inputs alone; these times come from the clock, so they have a file of their own. Both
tables only ever grow, and the copy's time of modification is the moment it is recorded under: who reads an older copy
beside a newer record takes the rows up to that copy's time, and finds what was true of it.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from dagster_project.days import Days
from dagster_project.errors import SatledgerError
from dagster_project.files import kept_from_writers, put_in_place, remove
from dagster_project.progress import tell
from dagster_project.warehouse.database import Config, connect, first_line, is_damage

RECORD = "reviews.duckdb"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(seconds=1)
_TABLES = """
create table if not exists day_reviews (day date, reviewed_at timestamp);
create table if not exists metric_revisions (asset varchar, metric varchar, time date, revised_at timestamp);
comment on table day_reviews is 'The days, and when each was published for the first time; UTC.';
comment on table metric_revisions is 'Values that changed after their day was reviewed, and when that was published.';
"""
# The metrics that new labels, or a reorganisation, can change after a day was published.
_OF_DAYS = "where metric in (select id from new.metric_catalog where reviewable) and time between $first and $last"
# No row and a null value are the same here: a metric that is new, and has a value, changes what was reviewed.
_REVISIONS = f"""
insert into metric_revisions
select asset, metric, time, $moment::timestamp
from (from new.metrics_daily {_OF_DAYS}) as metrics
left join (from old.metrics_daily {_OF_DAYS}) as reviewed using (asset, metric, time)
where
    metrics.value_text is distinct from reviewed.value_text
    and time in (select day from day_reviews)
    and time in (select day from old.built_days)
order by asset, metric, time
"""
# A day that had been withdrawn is reviewed anew.
_REVIEWS = """
insert into day_reviews
select day, $moment::timestamp
from new.built_days
where day not in (select day from day_reviews) {withdrawn}
order by day
"""


def record_reviews(copy: Path, published: Path, days: Days | None, now: datetime, config: Config) -> None:
    """Record what a new copy publishes for the first time or changes, and date the copy accordingly.

    Only days that passed every check are in a copy, so a day is reviewed the moment it is published; a value of a
    reviewable metric that differs from that of the copy before is revised then.

    Args:
        copy: the new copy, complete but not yet in place.
        published: its place, where the copy before may be.
        days: on which alone the new copy may differ from the one before; None where that is not known.
        now: the present moment; should the clock have been set back, the record's times still increase.
        config: of the connection, such as its memory limit.

    Raises:
        SatledgerError: the copy before, or the record, cannot be read.
    """
    record = published.with_name(RECORD)
    aside = record.with_name(f".{RECORD}.aside")
    try:
        if record.is_file():
            shutil.copyfile(record, aside)
        with _opened(aside, record, config) as connection:
            moment = _moment(connection, now)
            connection.execute(f"attach '{_quoted(copy)}' as new (read_only)")
            before = _attach_before(connection, published)
            if before:
                looked_at = days or Days(date.min, date.max)
                before = _record_revisions(connection, moment, looked_at, published)
            withdrawn = "or day not in (select day from old.built_days)" if before else ""
            connection.execute(_REVIEWS.format(withdrawn=withdrawn), {"moment": moment})
        aside.chmod(0o444)
        nanoseconds = (moment.replace(tzinfo=UTC) - _EPOCH) // _TICK * 10**9
        os.utime(copy, ns=(nanoseconds, nanoseconds))
        with kept_from_writers(record):
            put_in_place(aside, record)
    finally:
        remove(aside)


def _record_revisions(connection: duckdb.DuckDBPyConnection, moment: datetime, days: Days, published: Path) -> bool:
    """Record what differs from the copy before; whether that copy could be read."""
    try:
        connection.execute(_REVISIONS, {"moment": moment, "first": days.first, "last": days.last})
    except duckdb.Error as error:
        # The new copy was just written and the record read through: what is left is the copy before.
        if not is_damage(str(error)):
            raise
        tell(f"{published} is damaged ({first_line(str(error))}): which of its values were revised is not recorded.")
        connection.execute("detach old")
        return False
    return True


@contextmanager
def _opened(aside: Path, record: Path, config: Config) -> Iterator[duckdb.DuckDBPyConnection]:
    try:
        connection = connect(aside, config)
    except duckdb.Error as error:
        raise SatledgerError(
            f"The record of reviews {record} cannot be read ({error}): move it away, and all days are reviewed anew."
        ) from error
    with connection:
        connection.execute(_TABLES)
        yield connection


def _moment(connection: duckdb.DuckDBPyConnection, now: datetime) -> datetime:
    """The present in whole seconds, which every file system can date a file with, but later than any in the record."""
    row = connection.execute(
        "select max(moment) from (select reviewed_at as moment from day_reviews union all "
        "select revised_at from metric_revisions)"
    ).fetchone()
    # Whole seconds are also how a copy is told that something else wrote to since (`as_published`).
    present = now.astimezone(UTC).replace(microsecond=0, tzinfo=None)
    return max(present, row[0] + _TICK) if row and row[0] else present


def _attach_before(connection: duckdb.DuckDBPyConnection, published: Path) -> bool:
    """Attach the copy before as `old`; whether there is one that can be compared with."""
    if not published.is_file():
        return False
    try:
        connection.execute(f"attach '{_quoted(published)}' as old (read_only)")
    except duckdb.Error as error:
        raise SatledgerError(
            f"The published copy {published} cannot be read ({error}), so what changes cannot be told: move it away "
            "and run `satledger build`."
        ) from error
    found = connection.execute("select table_name from duckdb_tables() where database_name = 'old'").fetchall()
    return {("metrics_daily",), ("built_days",)} <= set(found)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
