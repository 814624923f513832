"""When the values of a published version were reviewed and revised."""

import duckdb

_PRINTED = "strftime({}, '%Y-%m-%dT%H:%M:%S.000000000Z')"
_LOAD = f"""
create temporary table latest as
    select day, max(reviewed_at) as reviewed_at from published.day_reviews group by day;
create table day_reviews as select day, {_PRINTED.format("reviewed_at")} as reviewed_at from latest order by day;
create table revisions as
    select asset, metric, time, {_PRINTED.format("max(valid_to)")} as revised_at
    from published.value_history
    join latest on time = day
    where valid_to > reviewed_at and metric in (select id from published.metric_catalog where reviewable)
    group by asset, metric, time
    order by asset, metric, time;
drop table latest;
"""


def load_reviews(database: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Load when days were reviewed and values revised into the tables ``day_reviews`` and ``revisions``, as printed.

    Args:
        database: an instance of its own, in memory, that has the version attached as ``published``.

    Returns:
        The metrics that have revised values.
    """
    database.execute(_LOAD)
    return frozenset(metric for (metric,) in database.execute("select distinct metric from revisions").fetchall())
