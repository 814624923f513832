{{ config(materialized='ephemeral') }}

{#-
    Inputs of metrics that do not exist on a day, one row each: the name in the catalogue's field `needs`, and a reason.
    Labels of exchanges are not here: they exist on all days or on none.
-#}

with price_islands as (

    -- consecutive days with prices have the same `island`
    select
        asset,
        day,
        price,
        day - cast(row_number() over (partition by asset order by day) as integer) as island
    from {{ ref('daily_prices') }}

),

price_days as (

    select
        asset,
        day,
        price,
        row_number() over (partition by asset, island order by day) as days_in_a_row
    from price_islands

),

history as (

    select
        block_days.asset,
        block_days.day,
        block_days.block_count,
        block_days.interval_mean,
        block_days.revenue,
        hash_rate_days.hash_rate,
        prices.price,
        coalesce(prices.days_in_a_row, 0) as prices_in_a_row,
        bitcoin.price as bitcoin_price,
        before_30.price as price_30_days_before,
        before_365.price as price_365_days_before,
        ledger_days.transactions,
        transfer_days.transfers,
        transfer_days.day is not null
        and next_days.day is null
        and next_hour.day is null as is_next_hour_unknown,
        count(prices.price) over (
            partition by block_days.asset
            order by block_days.day
            rows between 89 preceding and current row
        ) as prices_of_90_days,
        sum(adjusted_transfers.value) over (
            partition by block_days.asset
            order by block_days.day
            rows between 89 preceding and current row
        ) as transfers_of_90_days,
        count(prices.price) over latest_year as prices_of_365_days,
        count(case when block_days.block_count > 0 then prices.price end) over latest_year as issues_of_365_days,
        sum(ledger_days.subsidies) over latest_year as issuance_of_365_days,
        sum(block_days.revenue) over latest_year as revenue_of_365_days,
        max(market_caps.value) over until_day as largest_market_cap,
        min(market_caps.value) over until_day as least_market_cap,
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
    left join price_days as prices
        on
            block_days.asset = prices.asset
            and block_days.day = prices.day
    left join price_days as bitcoin
        on
            bitcoin.asset = 'btc'
            and block_days.day = bitcoin.day
    left join price_days as before_30
        on
            block_days.asset = before_30.asset
            and block_days.day = before_30.day + 30
    left join price_days as before_365
        on
            block_days.asset = before_365.asset
            and block_days.day = before_365.day + 365
    left join {{ ref('ledger_days') }} as ledger_days
        on
            block_days.asset = 'btc'
            and block_days.day = ledger_days.day
    left join {{ ref('transfer_days') }} as transfer_days
        on
            block_days.asset = 'btc'
            and block_days.day = transfer_days.day
    left join {{ ref('adjusted_transfers_metrics') }} as adjusted_transfers
        on
            block_days.asset = adjusted_transfers.asset
            and block_days.day = adjusted_transfers.time
            and adjusted_transfers.metric = 'TxTfrValAdjNtv'
    left join {{ ref('blocks_metrics') }} as market_caps
        on
            block_days.asset = market_caps.asset
            and block_days.day = market_caps.time
            and market_caps.metric = 'CapMrktCurUSD'
    left join {{ ref('transfer_days') }} as next_days
        on
            block_days.asset = 'btc'
            and block_days.day + 1 = next_days.day
    left join {{ ref('next_hour_removals') }} as next_hour
        on
            block_days.asset = 'btc'
            and block_days.day = next_hour.day
    window until_day as (
        partition by block_days.asset
        order by block_days.day
        rows between unbounded preceding and current row
    ),
    latest_year as (
        partition by block_days.asset
        order by block_days.day
        rows between 364 preceding and current row
    )

)

{%- set needs = {
    'price': ('price is null', "'no price of this asset on this day'"),
    'blocks': ('block_count = 0', "'no blocks on this day'"),
    'interval': ('interval_mean is null', "'no block with a known parent on this day'"),
    'reward': ('revenue is null', "'the headers of this asset carry no reward'"),
    'price_in_bitcoin': (
        "asset <> 'btc' and (price is null or bitcoin_price is null)",
        "'no price of this asset, or of bitcoin, on this day'",
    ),
    'price_30_days_before': ('price_30_days_before is null', "'no price of this asset 30 days before'"),
    'price_365_days_before': ('price_365_days_before is null', "'no price of this asset 365 days before'"),
    'prices_of_30_days': (
        'prices_in_a_row < 31', "'one of the latest 30 days, or the day before them, has no price'"
    ),
    'prices_of_60_days': (
        'prices_in_a_row < 61', "'one of the latest 60 days, or the day before them, has no price'"
    ),
    'prices_of_180_days': (
        'prices_in_a_row < 181', "'one of the latest 180 days, or the day before them, has no price'"
    ),
    'next_hour': (
        'is_next_hour_unknown',
        "'what is spent of it within an hour is known when the chain is an hour past the end of the day'"
    ),
    '90_priced_days': (
        'prices_of_90_days < 90', "'one of the latest 90 days has no price, or there are fewer so far'"
    ),
    '365_priced_days': (
        'prices_of_365_days < 365', "'one of the latest 365 days has no price, or there are fewer so far'"
    ),
    '365_days_of_issuance': (
        'issues_of_365_days < 365', "'one of the latest 365 days has no price or no blocks, or there are fewer so far'"
    ),
    'issuance_of_365_days': ('issuance_of_365_days = 0', "'nothing was issued in the latest 365 days'"),
    'revenue_of_365_days': ('revenue_of_365_days = 0', "'no revenue in the latest 365 days'"),
    'two_market_caps': (
        'largest_market_cap is null or largest_market_cap = least_market_cap',
        "'fewer than two different market caps so far'",
    ),
    'transfers_of_90_days': (
        'transfers_of_90_days = 0', "'no transfers in the latest 90 days but those that are left out'"
    ),
    'transfers': ('transfers = 0', "'no transfers on this day'"),
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

{#- A list and not a union of selects: Spark would compute the CTE again for each select. -#}
{%- set reasons = [] %}
{%- for need, (lacking, words) in needs.items() %}
    {%- do reasons.append(named_values({
        'need': "'" ~ need ~ "'",
        'reason': "case when " ~ lacking ~ " then " ~ words ~ " end",
    })) %}
{%- endfor -%}
,

day_needs as (

    select
        asset,
        day,
        {{ each_of(list_literal(reasons)) }} as need
    from history

)

select
    day_needs.asset,
    day_needs.day,
    day_needs.need.need,
    day_needs.need.reason
from day_needs
where day_needs.need.reason is not null

union all

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

{%- for side, column, words in [
    ('unspent', 'value', 'nothing of this kind is unspent on this day'),
    ('unspent', 'cost', 'nothing of this kind that had a price when it was created is unspent on this day'),
    ('spent', 'value', 'nothing of this kind was spent on this day'),
    ('spent', 'cost', 'nothing of this kind that had a price when it was created was spent on this day'),
    ('spent', 'output_cost', 'nothing of this kind that had a price when it was created was spent on this day'),
] %}

select
    'btc' as asset,
    day,
    '{{ side }}_{{ column }}_' || coin_range as need,
    '{{ words }}' as reason
from {{ ref(side ~ '_coin_ranges') }}
where
    {{ column }} = 0
    {{ ("and " ~ column ~ "_fraction = 0") if column != 'value' }}

union all
{%- endfor %}

{%- for need, (model, metric, words) in {
    'holders': ('holders_metrics', 'holders_distribution_total', 'nobody holds a balance on this day'),
    'supply': ('blocks_metrics', 'SplyCur', 'no supply on this day'),
    'adjusted_transfers': (
        'adjusted_transfers_metrics', 'TxTfrValAdjNtv', 'no transfers on this day but those that are left out'
    ),
    'all_time_revenue': ('blocks_metrics', 'RevAllTimeUSD', 'no revenue so far on days that have a price'),
    'active_supply': (
        'unspent_coins_metrics', 'SplyAct1yr',
        'nothing is unspent that was created in the latest 365 days, but by coinbases'
    ),
    'first_block': ('blocks_metrics', 'BlkHgt', 'no block yet but block 0'),
}.items() %}

select
    asset,
    time as day,
    '{{ need }}' as need,
    '{{ words }}' as reason
from {{ ref(model) }}
where
    metric = '{{ metric }}'
    and value = 0
{{ "union all" if not loop.last }}
{%- endfor %}
