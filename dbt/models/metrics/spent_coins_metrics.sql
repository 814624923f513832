{{ config(meta={'day_column': 'time'}) }}

{#- Spent coins: amount, age, and whether the price was above or below their cost; by age, and by gain or loss. -#}

with priced_ranges as (

    select
        spent_coin_ranges.day,
        spent_coin_ranges.coin_range,
        spent_coin_ranges.value,
        spent_coin_ranges.value_days,
        cast(spent_coin_ranges.value as double) as satoshi,
        {{ dollars('spent_coin_ranges.cost', 'spent_coin_ranges.cost_fraction') }} as cost,
        {{ dollars('spent_coin_ranges.output_cost', 'spent_coin_ranges.output_cost_fraction') }} as output_cost,
        {{ dollars('spent_coin_ranges.value * prices.whole', 'spent_coin_ranges.value * prices.fraction') }} as worth,
        {{ dollars(
            'spent_coin_ranges.outputs * prices.whole', 'spent_coin_ranges.outputs * prices.fraction'
        ) }} as output_worth,
        {{ dollar_difference(
            'spent_coin_ranges.value * prices.whole - spent_coin_ranges.cost',
            'spent_coin_ranges.value * prices.fraction - spent_coin_ranges.cost_fraction',
        ) }} as gain,
        ledger_days.transactions
    from {{ ref('spent_coin_ranges') }} as spent_coin_ranges
    inner join {{ ref('ledger_days') }} as ledger_days
        on spent_coin_ranges.day = ledger_days.day
    left join {{ ref('exact_prices') }} as prices
        on spent_coin_ranges.day = prices.day
    where {{ in_window('spent_coin_ranges.day') }}

),

window_ranges as (

    select
        ranges.day,
        ranges.coin_range,
        ranges.value,
        ranges.value_days,
        ranges.gain,
        ranges.worth / nullif(ranges.cost, 0) as worth_to_cost,
        ranges.output_worth / nullif(ranges.output_cost, 0) as output_worth_to_cost,
        100 * ranges.satoshi / nullif(all_coins.satoshi, 0) as spent_percent,
        {{ nearest_double('ranges.value_days') }} / 1e8 / nullif(ranges.transactions, 0) as mean_value_days,
        ranges.satoshi / nullif(losses.satoshi, 0) as value_to_losses
    from priced_ranges as ranges
    inner join priced_ranges as all_coins
        on
            ranges.day = all_coins.day
            and all_coins.coin_range = 'all'
    left join priced_ranges as losses
        on
            ranges.day = losses.day
            and losses.coin_range = 'loss'

),

known_values as (

    {{ metric_values(
        'window_ranges',
        amounts=['value', 'value_days'],
        quotients=[
            'gain',
            'worth_to_cost',
            'output_worth_to_cost',
            'spent_percent',
            'mean_value_days',
            'value_to_losses',
        ],
        key='coin_range',
    ) }}

)

{{ catalogue_rows('known_values') }}
