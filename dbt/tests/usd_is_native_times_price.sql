-- A USD metric is its native twin times the day's price.
with window_metrics as (

    select *
    from {{ ref('metrics_daily') }}
    where {{ in_window('time') }}

)

select
    usd.time as day,
    usd.metric || ' of ' || usd.asset as offender,
    'it is ' || coalesce(usd.value_text, 'null') || ' where ' || native.value_text || ' at ' || prices.price_text
    || ' makes ' || native.value * prices.price as detail
from window_metrics as usd
inner join {{ ref('metric_catalog') }} as metric_catalog
    on
        usd.metric = metric_catalog.id
        and metric_catalog.value_type = 'usd'
        and metric_catalog.id like '%USD'
inner join window_metrics as native
    on
        usd.asset = native.asset
        and usd.time = native.time
        and regexp_replace(usd.metric, 'USD$', 'Ntv') = native.metric
inner join {{ ref('daily_prices') }} as prices
    on
        usd.asset = prices.asset
        and usd.time = prices.day
where
    native.value is not null
    and (usd.value is null or abs(usd.value - native.value * prices.price) > 1e-12 * abs(usd.value))
order by day, offender
