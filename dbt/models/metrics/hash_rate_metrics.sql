{{ config(meta={'day_column': 'time'}) }}

{#- The hash-rate family: each day's values, and means over the last 30 or 365 days that have a value. -#}

{%- set means = {
    'hash_rate_30d': ('hash_rate', 30),
    'revenue_per_hash_unit_1y': ('revenue_per_hash_unit', 365),
    'revenue_per_hash_unit_usd_1y': ('revenue_per_hash_unit_usd', 365),
} %}

with priced_days as (

    select
        hash_rate_days.*,
        hash_rate_days.revenue_per_hash_unit * prices.price as revenue_per_hash_unit_usd,
        hash_rate_days.revenue_per_hash_rate * prices.price as revenue_per_hash_rate_usd
    from {{ ref('hash_rate_days') }} as hash_rate_days
    left join {{ ref('daily_prices') }} as prices
        on
            hash_rate_days.asset = prices.asset
            and hash_rate_days.day = prices.day
    where hash_rate_days.day <= date '{{ window_end() }}'

),

numbered_days as (

    -- the number of values up to each day; a day without a value has the number of the last day with one
    select
        *,
        count(hash_rate) over (partition by asset order by day) as hash_rate_number,
        count(revenue_per_hash_unit) over (partition by asset order by day) as revenue_per_hash_unit_number,
        count(revenue_per_hash_unit_usd) over (partition by asset order by day) as revenue_per_hash_unit_usd_number
    from priced_days

),

window_days as (

    select *
    from numbered_days
    where {{ in_window() }}

)
{%- for mean, (column, count) in means.items() %},

{{ column }}_lists as (

    select
        asset,
        {{ column }}_number as latest_number,
        {{ list_of(column) }} over (
            partition by asset
            order by day
            rows between {{ count - 1 }} preceding and current row
        ) as latest_values
    from numbered_days
    where {{ column }} is not null

),

{{ column }}_means as (

    select
        window_days.asset,
        window_days.day,
        case
            when {{ list_length(column ~ '_lists.latest_values') }} = {{ count }}
                then {{ ordered_mean(column ~ '_lists.latest_values') }}
        end as {{ mean }}
    from window_days
    inner join {{ column }}_lists
        on
            window_days.asset = {{ column }}_lists.asset
            and window_days.{{ column }}_number = {{ column }}_lists.latest_number

)
{%- endfor %},

known_values as (

    {{ metric_values(
        'window_days',
        asset='asset',
        quotients=[
            'hash_rate',
            'revenue_per_hash_unit',
            'revenue_per_hash_rate',
            'revenue_per_hash_unit_usd',
            'revenue_per_hash_rate_usd',
        ],
    ) }}
    {%- for mean, (column, count) in means.items() %}
    union all
    {{ metric_values(column ~ '_means', asset='asset', quotients=[mean]) }}
    {%- endfor %}

)

{{ catalogue_rows('known_values') }}
