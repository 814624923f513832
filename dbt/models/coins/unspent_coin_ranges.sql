{#- What is unspent at the end of each day, what it cost and how old it is, by range of age and by gain or loss. -#}

with priced_coins as (

    select
        unspent_coins.day,
        unspent_coins.outputs,
        unspent_coins.value,
        unspent_coins.coinbase_value,
        {{ days_between('unspent_coins.created_day', 'unspent_coins.day') }} as age,
        unspent_coins.value * coalesce(created_prices.whole, 0) as cost,
        unspent_coins.value * coalesce(created_prices.fraction, 0) as cost_fraction,
        coalesce(created_prices.high_fraction, 0) as high_fraction,
        coalesce(created_prices.low_fraction, 0) as low_fraction,
        {{ price_change('created_prices', 'prices') }} as price_change
    from {{ ref('unspent_coins') }} as unspent_coins
    left join {{ ref('exact_prices') }} as created_prices
        on unspent_coins.created_day = created_prices.day
    left join {{ ref('exact_prices') }} as prices
        on unspent_coins.day = prices.day
    where {{ in_window('unspent_coins.day') }}

),

weighted_coins as (

    select
        *,
        outputs * age as output_days,
        cast(value as {{ huge_integer() }}) * age as value_days,
        cost * age as cost_days,
        value * high_fraction * age as cost_days_high,
        value * low_fraction * age as cost_days_low
    from priced_coins

)

{{ coin_range_sums(
    'weighted_coins',
    'unspent',
    {
        'outputs': 'bigint',
        'value': 'bigint',
        'coinbase_value': 'bigint',
        'output_days': huge_integer(),
        'value_days': huge_integer(),
        'cost': huge_integer(),
        'cost_fraction': huge_integer(),
        'cost_days': huge_integer(),
        'cost_days_high': huge_integer(),
        'cost_days_low': huge_integer(),
    },
) }}
