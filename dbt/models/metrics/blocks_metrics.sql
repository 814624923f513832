{{ config(meta={'day_column': 'time'}) }}

{#- The daily basics. -#}

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

last_blocks as (

    select
        day,
        max_by(difficulty, height) as difficulty_last
    from {{ ref('blocks') }}
    where
        {{ in_window() }}
        and height > 0
    group by day

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

),

known_values as (

    {{ metric_values(
        'block_days',
        asset='asset',
        amounts=['block_count', 'revenue'],
        quotients=['difficulty_mean', 'interval_mean'],
    ) }}
    union all
    {{ metric_values(
        'ledger_days',
        amounts=['transactions', 'subsidies', 'paid_fees', 'supply', 'height', 'active_accounts'],
    ) }}
    union all
    {{ metric_values('last_blocks', quotients=['difficulty_last']) }}

)

{{ catalogue_rows('known_values') }}
