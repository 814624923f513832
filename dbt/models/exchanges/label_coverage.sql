{{ config(materialized='view') }}

{#- The labelled addresses of each exchange. Flows and balances are those of its labels, not of the whole exchange. -#}

with parties as (

    select
        code as exchange,
        name as exchange_name
    from {{ ref('exchanges') }}

    union all

    select
        'Ex' as exchange,
        'All exchanges' as exchange_name

),

seen_parties as (

    select
        party,
        min(day) as first_day_seen,
        max(day) as last_day_seen,
        cast(sum(change) as bigint) as balance
    from {{ ref('exchange_balance_changes') }}
    group by party

)

select
    parties.exchange,
    parties.exchange_name,
    coalesce(party_labels.labels, 0) as labels,
    seen_parties.first_day_seen,
    seen_parties.last_day_seen,
    coalesce(seen_parties.balance, 0) as balance,
    party_labels.sources
from parties
left join {{ ref('party_labels') }} as party_labels
    on parties.exchange = party_labels.party
left join seen_parties
    on parties.exchange = seen_parties.party
