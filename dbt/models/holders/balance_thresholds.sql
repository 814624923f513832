{{ config(materialized='ephemeral') }}

{#-
    Each bound on each day of the window, as the smallest balance in satoshi that reaches it, or as a number of the
    largest balances. Bounds in dollars have no row on days without a price.
-#}

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

holder_totals as (

    select
        day,
        sum(holders) as holders
    from {{ ref('balance_classes') }}
    where {{ in_window() }}
    group by day

),

bound_days as (

    select
        supplies.day,
        cast(supplies.supply as bigint) as supply,
        cast(coalesce(holder_totals.holders, 0) as bigint) as holders,
        balance_bounds.bound,
        balance_bounds.kind,
        balance_bounds.amount,
        prices.unscaled_price,
        -- the dollars in the unit of satoshi times unscaled price
        cast(balance_bounds.amount as {{ huge_integer() }})
        * 100000000 * {{ power_of_ten('prices.price_scale') }} as worth
    from supplies
    cross join {{ ref('balance_bounds') }} as balance_bounds
    left join {{ ref('daily_prices') }} as prices
        on
            balance_bounds.kind = 'usd'
            and prices.asset = 'btc'
            and supplies.day = prices.day
    left join holder_totals
        on supplies.day = holder_totals.day
    where
        {{ in_window('supplies.day') }}
        and (balance_bounds.kind <> 'usd' or prices.day is not null)

)

select
    day,
    bound,
    cast(case kind
        when 'native' then amount
        when 'one_in' then greatest({{ quotient('(supply + amount - 1)', 'amount') }}, 1)
        when 'usd' then {{ satoshi_worth('worth', 'unscaled_price') }}
    end as bigint) as least_balance,
    cast(case kind
        when 'largest' then amount
        when 'percent' then greatest({{ quotient('(holders * amount)', '100') }}, 1)
    end as bigint) as largest
from bound_days
