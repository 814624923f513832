{{ config(meta={'day_column': 'time'}) }}

{#- Flows between miner groups and exchanges. -#}

with hops as (

    select 0 as hop
    union all
    select 1 as hop

),

hop_party_days as (

    select
        days.day,
        hops.hop,
        parties.party,
        coalesce(flows.inflow, 0) as inflow,
        coalesce(flows.outflow, 0) as outflow
    from {{ ref('days') }} as days
    cross join hops
    cross join {{ ref('labelled_parties') }} as parties
    left join {{ ref('miner_exchange_flows') }} as flows
        on
            days.day = flows.day
            and hops.hop = flows.hop
            and parties.party = flows.party
    where {{ in_window('days.day') }}

),

known_values as (

    {{ metric_values('hop_party_days', amounts=['inflow', 'outflow'], key="hop || ' ' || party") }}

)

{{ catalogue_rows('known_values') }}
