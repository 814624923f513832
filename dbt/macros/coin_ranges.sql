{#- Coins by age and by the change of their price, and their sums over the ranges that metrics use. -#}

{% macro price_change(created, now) -%}
    {#-
        How the price has changed since coins were created: gain, none or loss; unknown if the day has no price. Coins
        created on a day without a price have cost 0. created, now: aliases of rows of `exact_prices`.
    -#}
    case
        when {{ now }}.whole is null then 'unknown'
        when {{ created }}.whole is null or {{ created }}.whole < {{ now }}.whole then 'gain'
        when {{ created }}.whole > {{ now }}.whole then 'loss'
        when {{ created }}.fraction < {{ now }}.fraction then 'gain'
        when {{ created }}.fraction > {{ now }}.fraction then 'loss'
        else 'none'
    end
{%- endmacro %}

{% macro coin_range_sums(priced_coins, side, sums) -%}
    {#-
        Sums over each range of coins on each day of the window. Ranges by price change have a row only on days with a
        price. Coins are summed by class of age first: a day has up to 6,500 days of creation, but 27 classes.
        priced_coins: name of a CTE with day, age, price_change and the summed columns; side: the `side` of
        `coin_ranges`; sums: the columns to sum, each with its type.
    -#}
    , class_sums as (

        select
            {{ priced_coins }}.day,
            coin_age_classes.min_days,
            {{ priced_coins }}.price_change
            {%- for column in sums %},
            sum({{ priced_coins }}.{{ column }}) as {{ column }}
            {%- endfor %}
        from {{ priced_coins }}
        inner join {{ ref('coin_age_classes') }} as coin_age_classes
            on {{ priced_coins }}.age = coin_age_classes.age
        group by {{ priced_coins }}.day, coin_age_classes.min_days, {{ priced_coins }}.price_change

    ),

    range_sums as (

        select
            class_sums.day,
            coin_range_classes.coin_range
            {%- for column in sums %},
            sum(class_sums.{{ column }}) as {{ column }}
            {%- endfor %}
        from class_sums
        inner join {{ ref('coin_range_classes') }} as coin_range_classes
            on
                coin_range_classes.side = '{{ side }}'
                and class_sums.min_days = coin_range_classes.min_days
                and class_sums.price_change = coin_range_classes.price_change
        group by class_sums.day, coin_range_classes.coin_range

    )

    select
        days.day,
        coin_ranges.coin_range
        {%- for column, type in sums.items() %},
        cast(coalesce(range_sums.{{ column }}, 0) as {{ type }}) as {{ column }}
        {%- endfor %}
    from {{ ref('days') }} as days
    cross join {{ ref('coin_ranges') }} as coin_ranges
    left join {{ ref('exact_prices') }} as prices
        on days.day = prices.day
    left join range_sums
        on
            days.day = range_sums.day
            and coin_ranges.coin_range = range_sums.coin_range
    where
        {{ in_window('days.day') }}
        and coin_ranges.side = '{{ side }}'
        and (coin_ranges.price_changes is null or prices.day is not null)
    order by days.day, coin_ranges.coin_range
{%- endmacro %}
