-- Every metric of the catalogue is there once on every day it is due, and nothing else is.
with due as (

    select
        asset_days.day,
        asset_days.asset,
        metric_catalog.id as metric
    from {{ ref('asset_days') }} as asset_days
    inner join {{ ref('metric_catalog') }} as metric_catalog
        on ' ' || metric_catalog.asset_scope || ' ' like '% ' || asset_days.asset || ' %'

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
