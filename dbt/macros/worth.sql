{% macro priced_days() -%}
    {#- The days of the window with a price, and a dollar in the unit of satoshi times unscaled price. -#}
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
        On a day with a price, the smallest number of satoshi that is worth an amount of dollars, as a bigint.
        dollars: a whole number; more: whether the satoshi have to be worth more than that.
    -#}
    cast(
        {{ satoshi_worth('(dollar * ' ~ dollars ~ (' + 1)' if more else ')'), 'unscaled_price') }} as bigint
    )
{%- endmacro %}
