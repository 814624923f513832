"""When the values of a copy were reviewed and revised, from the record beside it."""

from pathlib import Path

import duckdb

from dagster_project.errors import SatledgerError
from dagster_project.publish.place import refuse_changed
from dagster_project.publish.reviews import RECORD
from dagster_project.warehouse.database import first_line

_PRINTED = "strftime({}, '%Y-%m-%dT%H:%M:%S.000000000Z')"
_TABLES = """
create table day_reviews (day date, reviewed_at varchar);
create table revisions (asset varchar, metric varchar, time date, revised_at varchar);
"""
_LOAD = f"""
create temporary table latest as
    select day, max(reviewed_at) as reviewed_at from record.day_reviews where reviewed_at <= $until group by day;
insert into day_reviews select day, {_PRINTED.format("reviewed_at")} from latest order by day;
insert into revisions
    select asset, metric, time, {_PRINTED.format("max(revised_at)")}
    from record.metric_revisions
    join latest on time = day
    where revised_at > reviewed_at and revised_at <= $until
    group by asset, metric, time
    order by asset, metric, time;
drop table latest;
"""


def load_reviews(database: duckdb.DuckDBPyConnection, copy: Path, until: str) -> frozenset[str]:
    """Load what the record says of a copy into the tables ``day_reviews`` and ``revisions``, times as they are printed.

    Args:
        database: an instance of its own, in memory.
        copy: the published copy; without a record beside it both tables are empty.
        until: when the copy was published; the record may be that of a newer one.

    Returns:
        The metrics that have revised values.

    Raises:
        SatledgerError: the record cannot be read.
    """
    database.execute(_TABLES)
    record = copy.with_name(RECORD)
    if not record.exists():
        return frozenset()
    refuse_changed(record)
    quoted = str(record).replace("'", "''")
    try:
        database.execute(f"attach '{quoted}' as record (read_only)")
        for statement in _LOAD.split(";\n")[:-1]:
            database.execute(statement, {"until": until} if "$until" in statement else None)
        database.execute("detach record")
    except duckdb.Error as error:
        raise SatledgerError(
            f"The record of reviews {record} cannot be read ({first_line(str(error))}): move it away, and the next "
            "`satledger build` reviews all days anew."
        ) from error
    return frozenset(metric for (metric,) in database.execute("select distinct metric from revisions").fetchall())
