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

ledger_days as (

    select *
    from supplies
    where {{ in_window() }}

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
}) }}
