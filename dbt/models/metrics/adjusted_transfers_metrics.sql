{{ config(meta={'day_column': 'time', 'days_before': 1}) }}

{#-
    Adjusted transfer values, and their ratios to supply, market cap and realized cap. Spends within an hour may fall on
    the next day: so the day before the window is computed again. Of the last day they are known once the lake holds the
    hour after it.
-#}

with removed as (

    select
        created_day,
        sum(value) as value
    from {{ ref('transfer_removals') }}
    where
        day <= date '{{ window_end() }}' + 1
        and {{ from_days_before('created_day', 365) }}
    group by created_day

),

supplies as (

    select
        day,
        sum(users - genesis) over (
            order by day
            rows between unbounded preceding and current row
        ) as supply
    from {{ ref('ledger_days') }}
    where day <= date '{{ window_end() }}'

),

adjusted_days as (

    select
        transfer_days.day,
        supplies.supply,
        all_coins.cost as cost_dollars,
        all_coins.cost_fraction,
        year_coins.value - year_coins.coinbase_value as moved_in_a_year,
        prices.price,
        case
            when next_days.day is not null then transfer_days.value - coalesce(removed.value, 0)
            when next_hour.day is not null then transfer_days.value - coalesce(removed.value, 0) - next_hour.value
        end as adjusted
    from {{ ref('transfer_days') }} as transfer_days
    inner join supplies
        on transfer_days.day = supplies.day
    left join {{ ref('transfer_days') }} as next_days
        on next_days.day = transfer_days.day + 1
    left join {{ ref('next_hour_removals') }} as next_hour
        on transfer_days.day = next_hour.day
    left join removed
        on transfer_days.day = removed.created_day
    left join {{ ref('daily_prices') }} as prices
        on
            prices.asset = 'btc'
            and transfer_days.day = prices.day
    left join {{ ref('unspent_coin_ranges') }} as all_coins
        on
            transfer_days.day = all_coins.day
            and all_coins.coin_range = 'all'
    left join {{ ref('unspent_coin_ranges') }} as year_coins
        on
            transfer_days.day = year_coins.day
            and year_coins.coin_range = '365d'
    where {{ from_days_before('transfer_days.day', 365) }}

),

valued_days as (

    select
        *,
        cast(supply as double) / 1e8 * price as market_cap,
        {{ dollars('cost_dollars', 'cost_fraction') }} as realized_cap,
        cast(sum(adjusted) over (
            order by day
            rows between 364 preceding and current row
        ) as double) as adjusted_of_a_year,
        cast(adjusted as double) / 1e8 * price as adjusted_usd
    from adjusted_days

),

day_lists as (

    select
        day,
        min(day) over latest_days as first_day,
        {{ list_of('adjusted_usd') }} over latest_days as latest_values
    from valued_days
    where adjusted_usd is not null
    window latest_days as (
        order by day
        rows between 89 preceding and current row
    )

),

day_means as (

    select
        day,
        {{ ordered_mean('latest_values') }} as adjusted_usd_mean
    from day_lists
    where
        first_day = day - 89
        and {{ list_length('latest_values') }} = 90

),

window_days as (

    select
        valued_days.day,
        valued_days.adjusted,
        cast(valued_days.supply as double) / nullif(cast(valued_days.adjusted as double), 0) as network_value,
        valued_days.market_cap / nullif(day_means.adjusted_usd_mean, 0) as network_value_90d,
        valued_days.realized_cap / nullif(valued_days.adjusted_usd, 0) as realized_value,
        valued_days.realized_cap / nullif(day_means.adjusted_usd_mean, 0) as realized_value_90d,
        case
            when valued_days.adjusted is not null
                then valued_days.adjusted_of_a_year / nullif(cast(valued_days.supply as double), 0)
        end as velocity,
        case
            when valued_days.adjusted is not null
                then valued_days.adjusted_of_a_year / nullif(cast(valued_days.moved_in_a_year as double), 0)
        end as active_velocity
    from valued_days
    left join day_means
        on valued_days.day = day_means.day
    where {{ from_days_before('valued_days.day') }}

),

known_values as (

    {{ metric_values(
        'window_days',
        amounts=['adjusted'],
        quotients=[
            'network_value',
            'network_value_90d',
            'realized_value',
            'realized_value_90d',
            'velocity',
            'active_velocity',
        ],
    ) }}

)

{{ catalogue_rows('known_values', days_before=1) }}
