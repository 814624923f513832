{{ config(meta={'day_column': 'time'}) }}

{#- Miner groups: supplies as running sums, flows, and flows as shares of revenue. -#}

with hops as (

    select 0 as hop
    union all
    select 1 as hop

),

hop_days as (

    select
        days.day,
        hops.hop,
        coalesce(miner_flows.inflow, 0) as inflow,
        coalesce(miner_flows.outflow, 0) as outflow,
        coalesce(supply_changes.joined, 0) + coalesce(supply_changes.moved, 0) as supply_change,
        block_days.revenue
    from {{ ref('days') }} as days
    cross join hops
    left join {{ ref('miner_flows') }} as miner_flows
        on
            days.day = miner_flows.day
            and hops.hop = miner_flows.hop
    left join {{ ref('miner_supply_changes') }} as supply_changes
        on
            days.day = supply_changes.day
            and hops.hop = supply_changes.hop
    left join {{ ref('block_days') }} as block_days
        on
            days.day = block_days.day
            and block_days.asset = 'btc'
    where days.day <= date '{{ window_end() }}'

),

running_days as (

    select
        day,
        hop,
        inflow,
        outflow,
        inflow - outflow as net_flow,
        sum(supply_change) over (
            partition by hop
            order by day
            rows between unbounded preceding and current row
        ) as supply,
        cast(outflow as double) / nullif(cast(revenue as double), 0) as outflow_share,
        case
            when count(*) over latest_days = 30
                then
                    100 * cast(sum(outflow) over latest_days as double)
                    / nullif(cast(sum(revenue) over latest_days as double), 0)
        end as rolling_outflow_percent
    from hop_days
    window latest_days as (
        partition by hop
        order by day
        rows between 29 preceding and current row
    )

),

window_days as (

    select *
    from running_days
    where {{ in_window() }}

),

known_values as (

    {{ metric_values(
        'window_days',
        amounts=['supply', 'inflow', 'outflow', 'net_flow'],
        quotients=['rolling_outflow_percent', 'outflow_share'],
        key='cast(hop as string)',
    ) }}

)

{{ catalogue_rows('known_values') }}
