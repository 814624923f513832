{{ config(materialized='view') }}

{#- Prices of a bitcoin as exact integers: whole dollars, the fraction in units of 10^-22, and its two halves. -#}

with whole_prices as (

    select
        day,
        price,
        {{ quotient('unscaled_price', power_of_ten('price_scale')) }} as whole,
        unscaled_price % {{ power_of_ten('price_scale') }} * {{ power_of_ten('22 - price_scale') }} as fraction
    from {{ ref('daily_prices') }}
    where asset = 'btc'

)

select
    day,
    price,
    cast(whole as {{ huge_integer() }}) as whole,
    cast(fraction as {{ huge_integer() }}) as fraction,
    cast({{ quotient('fraction', '100000000000') }} as {{ huge_integer() }}) as high_fraction,
    cast(fraction % 100000000000 as {{ huge_integer() }}) as low_fraction
from whole_prices
