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

    -- block 0 is not counted, so the number of blocks is the last height
    select
        day,
        block_count,
        sum(block_count) over (
            order by day
            rows between unbounded preceding and current row
        ) as height
    from {{ ref('block_days') }}
    where
        asset = 'btc'
        and day <= date '{{ window_end() }}'

),

era_numbers as (

    -- halving eras; after them the subsidy is 0
    select {{ each_number(0, 33) }} as era

),

eras as (

    select
        era_numbers.era * chain_parameters.halving_interval as first_height,
        chain_parameters.halving_interval as blocks,
        {{ block_subsidy(
            'era_numbers.era * chain_parameters.halving_interval',
            'chain_parameters.initial_subsidy',
            'chain_parameters.halving_interval',
        ) }} as subsidy
    from era_numbers
    inner join {{ ref('chain_parameters') }} as chain_parameters
        on chain_parameters.chain = '{{ chain() }}'

),

expected_supplies as (

    -- scheduled supply 525,600 blocks after the last one: ten years of 144 blocks a day
    select
        heights.day,
        sum(
            eras.subsidy * least(greatest(heights.height + 1 + 525600 - eras.first_height, 0), eras.blocks)
        ) as expected_supply
    from heights
    cross join eras
    where
        heights.height > 0
        and {{ in_window('heights.day') }}
    group by heights.day

),

priced_revenues as (

    -- exact: whole dollars, and fractions of 30 digits; prices have at most 22
    select
        ledger_days.day,
        cast(ledger_days.subsidies + ledger_days.paid_fees as {{ huge_integer() }}) * prices.unscaled_price as product,
        prices.price_scale,
        cast(100000000 as {{ huge_integer() }}) * {{ power_of_ten('prices.price_scale') }} as divisor
    from {{ ref('ledger_days') }} as ledger_days
    inner join {{ ref('daily_prices') }} as prices
        on
            prices.asset = 'btc'
            and ledger_days.day = prices.day
    where ledger_days.day <= date '{{ window_end() }}'

),

priced_parts as (

    select
        day,
        {{ quotient('product', 'divisor') }} as dollars,
        product % divisor * {{ power_of_ten('22 - price_scale') }} as fraction
    from priced_revenues

),

revenues_so_far as (

    select
        days.day,
        sum(coalesce(priced_parts.dollars, 0)) over until_day as dollars,
        sum(coalesce(priced_parts.fraction, 0)) over until_day as fractions
    from {{ ref('days') }} as days
    left join priced_parts
        on days.day = priced_parts.day
    where days.day <= date '{{ window_end() }}'
    window until_day as (
        order by days.day
        rows between unbounded preceding and current row
    )

),

ledger_days as (

    select
        supplies.*,
        heights.height,
        case when heights.block_count > 0 then supplies.subsidies end as issuance,
        100 * cast(supplies.paid_fees as double)
        / nullif(cast(supplies.subsidies + supplies.paid_fees as double), 0) as fee_percent,
        cast(supplies.transactions as double) / 86400 as transactions_per_second,
        expected_supplies.expected_supply,
        {{ nearest_double('revenues_so_far.dollars') }}
        + {{ nearest_double('revenues_so_far.fractions') }} / 1e30 as all_time_revenue
    from supplies
    inner join heights
        on supplies.day = heights.day
    inner join revenues_so_far
        on supplies.day = revenues_so_far.day
    left join expected_supplies
        on supplies.day = expected_supplies.day
    where {{ in_window('supplies.day') }}

),

ledger_shares as (

    select
        *,
        100 * cast(issuance as double) / nullif(cast(supply as double), 0) as issued_percent_a_day,
        36500 * cast(issuance as double) / nullif(cast(supply as double), 0) as issued_percent_a_year
    from ledger_days

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
        'ledger_shares',
        amounts=[
            'transactions',
            'subsidies',
            'issuance',
            'paid_fees',
            'supply',
            'expected_supply',
            'height',
        ],
        quotients=[
            'issued_percent_a_day',
            'issued_percent_a_year',
            'fee_percent',
            'transactions_per_second',
            'all_time_revenue',
        ],
    ) }}

)

{{ catalogue_rows('known_values') }}
