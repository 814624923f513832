{% macro priced_days() -%}
    {#- The days of the window with a price, and a dollar in the units in which prices and satoshi are multiplied. -#}
    select
        days.day,
        prices.unscaled_price,
        cast(100000000 as {{ huge_integer() }}) * {{ power_of_ten('prices.price_scale') }} as dollar
    from {{ ref('days') }} as days
    inner join {{ ref('daily_prices') }} as prices
        on
            prices.asset = 'btc'
            and days.day = prices.day
    where {{ in_window('days.day') }}
{%- endmacro %}

{% macro least_worth(dollars, more) -%}
    {#-
        On a priced day, the least number of satoshi that is worth some dollars, or more than these: of 64 bits.
        dollars: a whole number; more: whether exactly as many dollars are too few.
    -#}
    cast(
        {{ satoshi_worth('(dollar * ' ~ dollars ~ (' + 1)' if more else ')'), 'unscaled_price') }} as bigint
    )
{%- endmacro %}
