-- A USD metric equals the native metric of the same name times the day's price.
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
        and metric_catalog.value_type in ('usd', 'quotient_usd')
inner join {{ ref('metric_catalog') }} as native_catalog
    on
        metric_catalog.source_model = native_catalog.source_model
        and metric_catalog.source_column = native_catalog.source_column
        and coalesce(metric_catalog.source_key, '') = coalesce(native_catalog.source_key, '')
        and native_catalog.value_type in ('native', 'quotient')
        and native_catalog.alias_of is null
inner join window_metrics as native
    on
        usd.asset = native.asset
        and usd.time = native.time
        and native_catalog.id = native.metric
inner join {{ ref('daily_prices') }} as prices
    on
        usd.asset = prices.asset
        and usd.time = prices.day
where
    native.value is not null
    and (usd.value is null or abs(usd.value - native.value * prices.price) > 1e-12 * abs(usd.value))
order by day, offender
