{{ config(meta={'day_column': 'time'}) }}

{#- Accounts by their balances, also at bounds that depend on the supply and the price; how equal balances are. -#}

with holder_totals as (

    select
        day,
        sum(holders) as holders,
        sum(balance) as supply
    from {{ ref('balance_classes') }}
    where {{ in_window() }}
    group by day

),

threshold_holders as (

    select
        day,
        bound,
        holders,
        balance
    from {{ ref('threshold_holders') }}
    where {{ in_window() }}

),

compared_balances as (

    select
        day,
        sum(case when bound = '1in10K' then balance else 0 end) as large,
        sum(case when bound = '1in10M' then balance else 0 end) as not_small,
        sum(case when bound = 'Top1Pct' then balance else 0 end) as largest
    from threshold_holders
    group by day

),

window_days as (

    select
        days.day,
        coalesce(holder_totals.holders, 0) as holders,
        cast(compared_balances.large as double) / nullif(cast(holder_totals.supply as double), 0) as large_share,
        cast(holder_totals.supply - compared_balances.not_small as double)
        / nullif(cast(compared_balances.largest as double), 0) as small_to_largest
    from {{ ref('days') }} as days
    left join holder_totals
        on days.day = holder_totals.day
    left join compared_balances
        on days.day = compared_balances.day
    where {{ in_window('days.day') }}

),

known_values as (

    {{ metric_values('window_days', amounts=['holders'], quotients=['large_share', 'small_to_largest']) }}
    union all
    {{ metric_values('threshold_holders', amounts=['holders', 'balance'], key='bound') }}

)

{{ catalogue_rows('known_values') }}
