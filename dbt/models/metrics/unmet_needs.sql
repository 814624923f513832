{{ config(materialized='ephemeral') }}

{#-
    What metrics need and does not exist on a day, one row each: the name by which rows of the catalogue ask for it, and
    the reason in words. Labels of exchanges are not here, because they are there on all days or on none.
-#}

with history as (

    select
        block_days.asset,
        block_days.day,
        block_days.block_count,
        block_days.interval_mean,
        block_days.revenue,
        hash_rate_days.hash_rate,
        prices.price,
        ledger_days.transactions,
        count(*) over until_day as days_so_far,
        sum(block_days.revenue) over (
            partition by block_days.asset
            order by block_days.day
            rows between 29 preceding and current row
        ) as revenue_of_30_days,
        count(hash_rate_days.hash_rate) over until_day as hash_rates_so_far,
        count(hash_rate_days.revenue_per_hash_unit) over until_day as revenues_so_far,
        count(hash_rate_days.revenue_per_hash_unit * prices.price) over until_day as priced_revenues_so_far
    from {{ ref('block_days') }} as block_days
    left join {{ ref('hash_rate_days') }} as hash_rate_days
        on
            block_days.asset = hash_rate_days.asset
            and block_days.day = hash_rate_days.day
    left join {{ ref('daily_prices') }} as prices
        on
            block_days.asset = prices.asset
            and block_days.day = prices.day
    left join {{ ref('ledger_days') }} as ledger_days
        on
            block_days.asset = 'btc'
            and block_days.day = ledger_days.day
    window until_day as (
        partition by block_days.asset
        order by block_days.day
        rows between unbounded preceding and current row
    )

)

{%- set needs = {
    'price': ('price is null', "'no price of this asset on this day'"),
    'blocks': ('block_count = 0', "'no blocks on this day'"),
    'interval': ('interval_mean is null', "'no block with a known parent on this day'"),
    'reward': ('revenue is null', "'the headers of this asset carry no reward'"),
    'transactions': ('transactions = 0', "'no transactions on this day'"),
    'revenue': ('revenue = 0', "'no revenue on this day'"),
    'work': (
        'coalesce(hash_rate, 0) = 0',
        "case
            when hash_rate is null and coalesce(interval_mean, 0) = 0 then 'no time between the blocks of this day'
            else 'no proof of work on this day'
        end",
    ),
    '30_days': ('days_so_far < 30', "'fewer than 30 days so far'"),
    'revenue_of_30_days': ('revenue_of_30_days = 0', "'no revenue in the latest 30 days'"),
    '30_hash_rates': ('hash_rates_so_far < 30', "'fewer than 30 daily values so far'"),
    '365_revenues_per_hash': ('revenues_so_far < 365', "'fewer than 365 daily values so far'"),
    '365_priced_revenues_per_hash': ('priced_revenues_so_far < 365', "'fewer than 365 daily values so far'"),
} %}

{%- for need, (lacking, words) in needs.items() %}

select
    asset,
    day,
    '{{ need }}' as need,
    {{ words }} as reason
from history
where {{ lacking }}

union all
{%- endfor %}

select
    asset,
    time as day,
    'price_before' as need,
    'no price of this asset on the day before' as reason
from {{ ref('reference_rates_metrics') }}
where
    metric = 'ReferenceRate'
    and value is null

union all

select
    asset,
    time as day,
    'holders' as need,
    'nobody holds a balance on this day' as reason
from {{ ref('holders_metrics') }}
where
    metric = 'holders_distribution_total'
    and value = 0
