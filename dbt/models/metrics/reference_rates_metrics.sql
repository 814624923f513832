{{ config(materialized='view') }}

{#-
    The rate at the beginning of a day is the close of the day before. A view, because its last row is one day after the
    window that a build rewrites.
-#}

with first_days as (

    select
        asset,
        min(time) as time
    from {{ ref('prices_metrics') }}
    group by asset

),

rates as (

    select
        asset,
        time + 1 as time,
        value,
        value_text
    from {{ ref('prices_metrics') }}

    union all

    -- the first day's rate: the day before has no row in prices_metrics, but may have a price
    select
        first_days.asset,
        first_days.time,
        prices.price as value,
        prices.price_text as value_text
    from first_days
    left join {{ ref('daily_prices') }} as prices
        on
            first_days.asset = prices.asset
            and first_days.time - 1 = prices.day

)

select
    rates.asset,
    rates.time,
    metric_catalog.id as metric,
    rates.value,
    rates.value_text
from rates
inner join {{ ref('metric_catalog') }} as metric_catalog
    on ' ' || metric_catalog.asset_scope || ' ' like '% ' || rates.asset || ' %'
where metric_catalog.source_model = '{{ this.identifier }}'
