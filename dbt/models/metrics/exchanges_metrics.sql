{{ config(meta={'day_column': 'time'}) }}

{#- Every labelled exchange, and all together: flows, and balances as running sums. -#}

with party_days as (

    select
        days.day,
        parties.party,
        coalesce(exchange_flows.inflow, 0) as inflow,
        coalesce(exchange_flows.outflow, 0) as outflow,
        coalesce(balance_changes.change, 0) as balance_change
    from {{ ref('days') }} as days
    cross join {{ ref('labelled_parties') }} as parties
    left join {{ ref('exchange_flows') }} as exchange_flows
        on
            days.day = exchange_flows.day
            and parties.party = exchange_flows.party
    left join {{ ref('exchange_balance_changes') }} as balance_changes
        on
            days.day = balance_changes.day
            and parties.party = balance_changes.party
    where days.day <= date '{{ window_end() }}'

),

running_days as (

    select
        *,
        sum(balance_change) over (
            partition by party
            order by day
            rows between unbounded preceding and current row
        ) as balance
    from party_days

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

window_days as (

    select
        running_days.*,
        running_days.inflow - running_days.outflow as net_flow,
        supplies.supply - running_days.balance as outside_balance,
        100 * cast(running_days.balance as double) / nullif(cast(supplies.supply as double), 0) as supply_percent
    from running_days
    inner join supplies
        on running_days.day = supplies.day
    where {{ in_window('running_days.day') }}

),

known_values as (

    {{ metric_values(
        'window_days',
        amounts=['inflow', 'outflow', 'net_flow', 'balance', 'outside_balance'],
        quotients=['supply_percent'],
        key='party',
    ) }}

)

{{ catalogue_rows('known_values') }}
