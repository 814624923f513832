{{ config(meta={'day_column': 'time'}) }}

{#- Metrics that need prices only: returns, their volatility, prices in bitcoin. -#}

{%- set return_days = {'return_30d': 30, 'return_1yr': 365} %}
{%- set volatility_days = [30, 60, 180] %}

with price_days as (

    -- returns need the prices of a year; later prices are not read
    select
        asset,
        day,
        price
    from {{ ref('daily_prices') }}
    where day between date '{{ window_start() }}' - 366 and date '{{ window_end() }}'

),

growths as (

    select
        prices.asset,
        prices.day,
        prices.price,
        previous.price as price_before,
        round(log2(prices.price / previous.price)) as doublings
    from price_days as prices
    inner join price_days as previous
        on
            prices.asset = previous.asset
            and prices.day = previous.day + 1

),

ratios as (

    -- log(a / b) is 2 x artanh((a - b) / (a + b)), which loses no digits if a and b are almost equal
    select
        asset,
        day,
        doublings,
        (price / pow(cast(2 as double), doublings) - price_before)
        / (price / pow(cast(2 as double), doublings) + price_before) as ratio
    from growths

),

log_returns as (

    select
        asset,
        day,
        doublings * cast(0.6931471805599453 as double) + 2 * {{ artanh('ratio') }} as log_return
    from ratios

),

return_lists as (

    select
        {%- for count in volatility_days %}
        min(day) over (
            partition by asset
            order by day
            rows between {{ count - 1 }} preceding and current row
        ) as first_of_{{ count }},
        {{ list_of('log_return') }} over (
            partition by asset
            order by day
            rows between {{ count - 1 }} preceding and current row
        ) as list_of_{{ count }},
        {%- endfor %}
        asset,
        day
    from log_returns

),

return_means as (

    select
        {%- for count in volatility_days %}
        {{ ordered_mean('list_of_' ~ count) }} as mean_of_{{ count }},
        {%- endfor %}
        return_lists.*
    from return_lists
    where {{ in_window() }}

),

volatilities as (

    select
        {%- for count in volatility_days %}
        case
            when first_of_{{ count }} = day - {{ count - 1 }} and {{ list_length('list_of_' ~ count) }} = {{ count }}
                then sqrt({{ ordered_squares('list_of_' ~ count, 'mean_of_' ~ count) }} / {{ count - 1 }})
        end as volatility_{{ count }}d,
        {%- endfor %}
        asset,
        day
    from return_means

),

window_days as (

    select
        {%- for count in volatility_days %}
        volatilities.volatility_{{ count }}d,
        {%- endfor %}
        {%- for column, count in return_days.items() %}
        100 * (prices.price - before_{{ count }}.price) / before_{{ count }}.price as {{ column }},
        {%- endfor %}
        asset_days.asset,
        asset_days.day,
        case
            when asset_days.asset = 'btc' then cast(1 as double)
            else prices.price / bitcoin.price
        end as price_in_bitcoin
    from {{ ref('asset_days') }} as asset_days
    left join price_days as prices
        on
            asset_days.asset = prices.asset
            and asset_days.day = prices.day
    left join price_days as bitcoin
        on
            bitcoin.asset = 'btc'
            and asset_days.day = bitcoin.day
    {%- for count in return_days.values() %}
    left join price_days as before_{{ count }}
        on
            asset_days.asset = before_{{ count }}.asset
            and asset_days.day = before_{{ count }}.day + {{ count }}
    {%- endfor %}
    left join volatilities
        on
            asset_days.asset = volatilities.asset
            and asset_days.day = volatilities.day
    where {{ in_window('asset_days.day') }}

),

known_values as (

    {{ metric_values(
        'window_days',
        asset='asset',
        quotients=['price_in_bitcoin', 'return_30d', 'return_1yr', 'volatility_30d', 'volatility_60d', 'volatility_180d'],
    ) }}

)

{{ catalogue_rows('known_values') }}
