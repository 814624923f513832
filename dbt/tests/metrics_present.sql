-- A metric with all its inputs has a value; a metric without a value has a reason in metric_gaps.
select
    metrics_daily.time as day,
    metrics_daily.metric || ' of ' || metrics_daily.asset as offender,
    'it is null without a stated reason' as detail
from {{ ref('metrics_daily') }} as metrics_daily
left join {{ ref('metric_gaps') }} as metric_gaps
    on
        metrics_daily.asset = metric_gaps.asset
        and metrics_daily.time = metric_gaps.time
        and metrics_daily.metric = metric_gaps.metric
where
    {{ in_window('metrics_daily.time') }}
    and metrics_daily.value is null
    and metric_gaps.reason is null
order by day, offender
