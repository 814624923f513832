-- Every metric of the catalogue is there once on every day it is due, and nothing else is.
with following_days as (

    -- days of the window after a complete day: the close of a day is the reference rate of the next
    select
        asset,
        time + 1 as day
    from {{ ref('prices_metrics') }}
    where {{ in_window('time', days_before=1) }}

),

metric_days as (

    select
        asset,
        day,
        'on complete days' as due
    from {{ ref('asset_days') }}
    where {{ in_window() }}

    union all

    select
        following_days.asset,
        following_days.day,
        'after complete days' as due
    from following_days
    left join {{ ref('asset_days') }} as asset_days
        on
            following_days.asset = asset_days.asset
            and following_days.day = asset_days.day
    where asset_days.day is null

),

due as (

    select
        metric_days.day,
        metric_days.asset,
        metric_catalog.id as metric
    from metric_days
    inner join {{ ref('metric_catalog') }} as metric_catalog
        on ' ' || metric_catalog.asset_scope || ' ' like '% ' || metric_days.asset || ' %'
    where
        metric_days.due = 'on complete days'
        or metric_catalog.days_ahead = 1

),

present as (

    select
        time as day,
        asset,
        metric,
        count(*) as copies
    from {{ ref('metrics_daily') }}
    where {{ in_window('time') }}
    group by time, asset, metric

)

select
    coalesce(due.day, present.day) as day,
    coalesce(due.metric, present.metric) || ' of ' || coalesce(due.asset, present.asset) as offender,
    case
        when due.metric is null then 'not in the catalogue'
        else 'there ' || coalesce(present.copies, 0) || ' times instead of once'
    end as detail
from due
full outer join present
    on
        due.day = present.day
        and due.asset = present.asset
        and due.metric = present.metric
where
    due.metric is null
    or present.copies is null
    or present.copies > 1
order by day, offender
