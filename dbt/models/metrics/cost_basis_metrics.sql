{{ config(meta={'day_column': 'time'}) }}

{#- Ratios of market cap, realized cap and thermo cap (miners' revenue so far); velocity; median age of outputs. -#}

{%- set issues = {'continuous': 'IssContUSD', 'total': 'IssTotUSD', 'revenue': 'RevUSD'} %}

with supplies as (

    select
        ledger_days.day,
        cast(sum(ledger_days.users - ledger_days.genesis) over (
            order by ledger_days.day
            rows between unbounded preceding and current row
        ) as {{ huge_integer() }}) as supply
    from {{ ref('ledger_days') }} as ledger_days
    where ledger_days.day <= date '{{ window_end() }}'

),

market_caps as (

    select
        supplies.day,
        supplies.supply * prices.whole as whole,
        supplies.supply * prices.fraction as fraction,
        {{ dollars('supplies.supply * prices.whole', 'supplies.supply * prices.fraction') }} as market_cap
    from supplies
    inner join {{ ref('exact_prices') }} as prices
        on supplies.day = prices.day

),

market_cap_lists as (

    -- one list for each day of the window; a window function would make one for every day of the chain
    select
        days.day,
        {{ ordered_list('market_caps.market_cap', 'market_caps.day') }} as market_caps,
        max(market_caps.market_cap) - min(market_caps.market_cap) as spread
    from {{ ref('days') }} as days
    inner join market_caps
        on days.day >= market_caps.day
    where {{ in_window('days.day') }}
    group by days.day

),

market_cap_means as (

    select
        *,
        {{ ordered_mean('market_caps') }} as mean
    from market_cap_lists

),

market_cap_deviations as (

    select
        day,
        case
            when spread > 0
                then sqrt({{ ordered_squares('market_caps', 'mean') }} / ({{ list_length('market_caps') }} - 1))
        end as deviation
    from market_cap_means

),

unspent_days as (

    select
        unspent_coin_ranges.day,
        unspent_coin_ranges.cost,
        unspent_coin_ranges.cost_fraction,
        {{ dollars('unspent_coin_ranges.cost', 'unspent_coin_ranges.cost_fraction') }} as realized_cap,
        cast(day_coins.value as double) as value_of_a_day,
        cast(year_coins.value - year_coins.coinbase_value as double) as moved_in_a_year
    from {{ ref('unspent_coin_ranges') }} as unspent_coin_ranges
    inner join {{ ref('unspent_coin_ranges') }} as day_coins
        on
            unspent_coin_ranges.day = day_coins.day
            and day_coins.coin_range = '1d'
    inner join {{ ref('unspent_coin_ranges') }} as year_coins
        on
            unspent_coin_ranges.day = year_coins.day
            and year_coins.coin_range = '365d'
    where
        {{ in_window('unspent_coin_ranges.day') }}
        and unspent_coin_ranges.coin_range = 'all'

),

gains as (

    select
        unspent_days.day,
        {{ dollar_difference(
            'market_caps.whole - unspent_days.cost', 'market_caps.fraction - unspent_days.cost_fraction'
        ) }} as gain
    from unspent_days
    inner join market_caps
        on unspent_days.day = market_caps.day

),

counted_outputs as (

    select
        day,
        {{ days_between('created_day', 'day') }} as age,
        sum(outputs) over youngest_first as outputs_so_far,
        sum(outputs) over (partition by day) as all_outputs
    from {{ ref('unspent_coins') }}
    where {{ in_window() }}
    window youngest_first as (
        partition by day
        order by created_day desc
        rows between unbounded preceding and current row
    )

),

median_ages as (

    -- the mean of the two ages in the middle, rounded down; for an odd number both are the same
    select
        day,
        floor(
            (
                min(case when 2 * outputs_so_far >= all_outputs then age end)
                + min(case when 2 * outputs_so_far >= all_outputs + 1 then age end)
            ) / 2
        ) as median_age
    from counted_outputs
    group by day

),

year_sums as (

    select
        day,
        cast(value as double) as transferred,
        cast(sum(value) over (
            order by day
            rows between 364 preceding and current row
        ) as double) as transferred_in_a_year
    from {{ ref('transfer_days') }}
    where day between date '{{ window_start() }}' - 364 and date '{{ window_end() }}'

),

issue_days as (

    select
        time as day,
        {%- for column, metric in issues.items() %}
        max(case when metric = '{{ metric }}' then value end) as {{ column }},
        {%- endfor %}
        max(case when metric = 'RevAllTimeUSD' then value end) as all_time_revenue
    from {{ ref('blocks_metrics') }}
    where
        asset = 'btc'
        and metric in (
            {%- for metric in issues.values() %}
            '{{ metric }}',
            {%- endfor %}
            'RevAllTimeUSD'
        )
        and time between date '{{ window_start() }}' - 364 and date '{{ window_end() }}'
    group by time

),

issue_lists as (

    select
        {%- for column in issues %}
        {{ column }},
        count({{ column }}) over latest_days as {{ column }}_count,
        {{ list_of(column) }} over latest_days as latest_{{ column }},
        {%- endfor %}
        all_time_revenue,
        day
    from issue_days
    window latest_days as (
        order by day
        rows between 364 preceding and current row
    )

),

miner_supplies as (

    select
        time as day,
        max(case when metric = 'SplyMiner0HopAllUSD' then value end) as hop_0,
        max(case when metric = 'SplyMiner1HopAllUSD' then value end) as hop_1
    from {{ ref('miners_metrics') }}
    where
        {{ in_window('time') }}
        and metric in ('SplyMiner0HopAllUSD', 'SplyMiner1HopAllUSD')
    group by time

),

window_days as (

    select
        unspent_days.day,
        market_caps.market_cap / nullif(unspent_days.realized_cap, 0) as market_to_realized,
        gains.gain / nullif(market_caps.market_cap, 0) as unrealized_share,
        gains.gain / market_cap_deviations.deviation as deviations_above_realized,
        unspent_days.realized_cap / nullif(issue_lists.all_time_revenue, 0) as realized_to_revenue,
        (miner_supplies.hop_0 + miner_supplies.hop_1) / nullif(unspent_days.realized_cap, 0) as miners_to_realized,
        (miner_supplies.hop_0 + miner_supplies.hop_1) / nullif(issue_lists.all_time_revenue, 0) as miners_to_revenue,
        {%- for column in issues %}
        case
            when issue_lists.{{ column }}_count = 365
                then issue_lists.{{ column }} / nullif({{ ordered_mean('issue_lists.latest_' ~ column) }}, 0)
        end as {{ column }}_multiple,
        {%- endfor %}
        year_sums.transferred_in_a_year / nullif(cast(supplies.supply as double), 0) as velocity,
        year_sums.transferred_in_a_year / nullif(unspent_days.moved_in_a_year, 0) as active_velocity,
        year_sums.transferred / nullif(unspent_days.value_of_a_day, 0) as velocity_of_a_day,
        cast(supplies.supply as double) / nullif(unspent_days.value_of_a_day, 0) as supply_to_value_of_a_day,
        cast(supplies.supply as double) / nullif(year_sums.transferred, 0) as supply_to_transferred,
        cast(median_ages.median_age as bigint) as median_age
    from unspent_days
    inner join supplies
        on unspent_days.day = supplies.day
    inner join year_sums
        on unspent_days.day = year_sums.day
    inner join issue_lists
        on unspent_days.day = issue_lists.day
    left join market_caps
        on unspent_days.day = market_caps.day
    left join gains
        on unspent_days.day = gains.day
    left join market_cap_deviations
        on unspent_days.day = market_cap_deviations.day
    left join miner_supplies
        on unspent_days.day = miner_supplies.day
    left join median_ages
        on unspent_days.day = median_ages.day

),

known_values as (

    {{ metric_values(
        'window_days',
        amounts=['median_age'],
        quotients=[
            'market_to_realized',
            'unrealized_share',
            'deviations_above_realized',
            'realized_to_revenue',
            'miners_to_realized',
            'miners_to_revenue',
            'continuous_multiple',
            'total_multiple',
            'revenue_multiple',
            'velocity',
            'active_velocity',
            'velocity_of_a_day',
            'supply_to_value_of_a_day',
            'supply_to_transferred',
        ],
    ) }}

)

{{ catalogue_rows('known_values') }}
