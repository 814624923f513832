"""Values as of a past moment, from the history of changed values."""

from collections.abc import Collection
from datetime import datetime

from serving.statements import Statement

_PRINTED = "strftime({}, '%Y-%m-%dT%H:%M:%S.000000000Z')"


def values_at(statement: Statement, moment: datetime, conditions: str, ahead: Collection[str]) -> str:
    """The relation of metrics as ``metrics_daily`` had it: asset, time, metric, value_text.

    Args:
        statement: under construction.
        moment: in UTC, without a zone.
        conditions: on asset, time and metric; what they leave out is not looked up.
        ahead: those of the metrics whose values are published a day ahead of their own.
    """
    at = statement.value(moment)
    published = f"case when metric in {statement.any_of(ahead)} then time - 1 else time end" if ahead else "time"
    return f"""(
        with former as (
            select asset, time, metric, value_text
            from published.value_history
            where {conditions} and valid_from <= {at} and valid_to > {at}
        )
        from former
        union all
        select asset, time, metric, value_text
        from (from published.metrics_daily where {conditions}) as present
        anti join former using (asset, time, metric)
        where ({published})::date in (from {reviews_at(statement, moment)} select day where not anew)
    )"""


def reviews_at(statement: Statement, moment: datetime) -> str:
    """The relation of days that had been reviewed: day, reviewed_at as printed, and whether it was reviewed anew later.

    Args:
        statement: under construction.
        moment: in UTC, without a zone.
    """
    at = statement.value(moment)
    latest = f"max(reviewed_at) filter (where reviewed_at <= {at})"
    return f"""(
        select day, {_PRINTED.format(latest)} as reviewed_at, max(reviewed_at) > {at} as anew
        from published.day_reviews
        group by day
        having min(reviewed_at) <= {at}
    )"""


def revisions_at(statement: Statement, moment: datetime) -> str:
    """The relation of values that had changed since they were reviewed: asset, metric, time, revised_at as printed.

    Args:
        statement: under construction.
        moment: in UTC, without a zone.
    """
    at = statement.value(moment)
    return f"""(
        select asset, metric, time, {_PRINTED.format("max(valid_to)")} as revised_at
        from published.value_history
        join (select day, max(reviewed_at) as since from published.day_reviews where reviewed_at <= {at} group by day)
            on time = day
        where valid_to > since and valid_to <= {at}
        group by asset, metric, time
    )"""
