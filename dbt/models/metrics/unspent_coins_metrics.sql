{{ config(meta={'day_column': 'time'}) }}

{#- Unspent coins: amount, age and cost; by age, and by gain or loss. -#}

with supplies as (

    select
        day,
        sum(users - genesis) over (
            order by day
            rows between unbounded preceding and current row
        ) as supply
    from {{ ref('ledger_days') }}
    where day <= date '{{ window_end() }}'

),

priced_ranges as (

    select
        unspent_coin_ranges.day,
        unspent_coin_ranges.coin_range,
        unspent_coin_ranges.outputs,
        unspent_coin_ranges.value,
        unspent_coin_ranges.output_days,
        unspent_coin_ranges.value - unspent_coin_ranges.coinbase_value as moved_value,
        cast(nullif(unspent_coin_ranges.outputs, 0) as double) as output_count,
        cast(nullif(unspent_coin_ranges.value, 0) as double) as satoshi,
        {{ nearest_double('unspent_coin_ranges.output_days') }} as total_output_days,
        {{ nearest_double('unspent_coin_ranges.value_days') }} as satoshi_days,
        {{ dollars('unspent_coin_ranges.cost', 'unspent_coin_ranges.cost_fraction') }} as cost,
        {{ nearest_double('unspent_coin_ranges.cost_days') }} / 1e8
        + {{ nearest_double('unspent_coin_ranges.cost_days_high') }} / 1e19
        + {{ nearest_double('unspent_coin_ranges.cost_days_low') }} / 1e30 as dollar_days,
        {{ dollar_difference(
            'unspent_coin_ranges.value * prices.whole - unspent_coin_ranges.cost',
            'unspent_coin_ranges.value * prices.fraction - unspent_coin_ranges.cost_fraction',
        ) }} as gain,
        prices.price,
        cast(nullif(supplies.supply, 0) as double) as supply
    from {{ ref('unspent_coin_ranges') }} as unspent_coin_ranges
    inner join supplies
        on unspent_coin_ranges.day = supplies.day
    left join {{ ref('exact_prices') }} as prices
        on unspent_coin_ranges.day = prices.day
    where {{ in_window('unspent_coin_ranges.day') }}

),

window_ranges as (

    select
        ranges.day,
        ranges.coin_range,
        ranges.outputs,
        ranges.value,
        ranges.moved_value,
        ranges.output_days,
        ranges.cost,
        100 * cast(ranges.value as double) / ranges.supply as supply_percent,
        100 * cast(ranges.moved_value as double) / ranges.supply as moved_supply_percent,
        ranges.total_output_days / ranges.output_count as mean_output_age,
        ranges.satoshi_days / ranges.satoshi as mean_age,
        ranges.dollar_days / nullif(ranges.cost, 0) as mean_dollar_age,
        ranges.cost / ranges.satoshi * 1e8 as mean_price,
        ranges.price * ranges.value / 1e8 / nullif(ranges.cost, 0) as value_to_cost,
        ranges.cost / nullif(recent_coins.cost, 0) as cost_share,
        abs(ranges.gain) as gain_or_loss
    from priced_ranges as ranges
    inner join priced_ranges as recent_coins
        on
            ranges.day = recent_coins.day
            and recent_coins.coin_range = '20y'

),

known_values as (

    {{ metric_values(
        'window_ranges',
        amounts=['outputs', 'value', 'moved_value', 'output_days'],
        quotients=[
            'cost',
            'supply_percent',
            'moved_supply_percent',
            'mean_output_age',
            'mean_age',
            'mean_dollar_age',
            'mean_price',
            'value_to_cost',
            'cost_share',
            'gain_or_loss',
        ],
        key='coin_range',
    ) }}

)

{{ catalogue_rows('known_values') }}
