{#- What was spent on each day, what it had cost and how old it was, by range of age and by gain or loss. -#}

with priced_coins as (

    select
        spent_coins.day,
        spent_coins.age,
        spent_coins.outputs,
        spent_coins.value,
        cast(spent_coins.value as {{ huge_integer() }}) * spent_coins.age as value_days,
        spent_coins.value * coalesce(created_prices.whole, 0) as cost,
        spent_coins.value * coalesce(created_prices.fraction, 0) as cost_fraction,
        spent_coins.outputs * coalesce(created_prices.whole, 0) as output_cost,
        spent_coins.outputs * coalesce(created_prices.fraction, 0) as output_cost_fraction,
        {{ price_change('created_prices', 'prices') }} as price_change
    from {{ ref('spent_coins') }} as spent_coins
    left join {{ ref('exact_prices') }} as created_prices
        on spent_coins.created_day = created_prices.day
    left join {{ ref('exact_prices') }} as prices
        on spent_coins.day = prices.day
    where {{ in_window('spent_coins.day') }}

)

{{ coin_range_sums(
    'priced_coins',
    'spent',
    {
        'outputs': 'bigint',
        'value': 'bigint',
        'value_days': huge_integer(),
        'cost': huge_integer(),
        'cost_fraction': huge_integer(),
        'output_cost': huge_integer(),
        'output_cost_fraction': huge_integer(),
    },
) }}
