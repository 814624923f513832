{{ config(materialized='ephemeral') }}

{#- Values of the daily basics: integers as `amount`, in base units or counts, quotients as `quotient`. -#}

with block_days as (

    select *
    from {{ ref('block_days') }}
    where {{ in_window() }}

),

supplies as (

    select
        day,
        sum(users - genesis) over (
            order by day
            rows between unbounded preceding and current row
        ) as supply,
        transactions,
        paid_fees,
        subsidies
    from {{ ref('ledger_days') }}
    where day <= date '{{ window_end() }}'

),

heights as (

    -- block 0 is not counted, so the number of blocks is the height of the last one
    select
        day,
        sum(block_count) over (
            order by day
            rows between unbounded preceding and current row
        ) as height
    from {{ ref('block_days') }}
    where
        asset = 'btc'
        and day <= date '{{ window_end() }}'

),

ledger_days as (

    select
        supplies.*,
        heights.height,
        coalesce(active_accounts.accounts, 0) as active_accounts
    from supplies
    inner join heights
        on supplies.day = heights.day
    left join {{ ref('active_accounts') }} as active_accounts
        on supplies.day = active_accounts.day
    where {{ in_window('supplies.day') }}

)

{{ metric_rows('block_days', 'asset', {
    'BlkCnt': 'block_count',
    'RevNtv': 'revenue',
}, {
    'DiffMean': 'difficulty_mean',
    'BlkIntMean': 'interval_mean',
}) }}
union all
{{ metric_rows('ledger_days', "'btc'", {
    'TxCnt': 'transactions',
    'IssTotNtv': 'subsidies',
    'FeeTotNtv': 'paid_fees',
    'SplyCur': 'supply',
    'BlkHgt': 'height',
    'AdrActCnt': 'active_accounts',
}) }}
