with transfers as (

    select *
    from {{ ref('exchange_transfers') }}
    where {{ in_window() }}

),

flows as (

    select
        transfers.day,
        hop_members.hop,
        transfers.sender as party,
        transfers.value as inflow,
        cast(0 as bigint) as outflow
    from transfers
    inner join {{ ref('hop_members') }} as hop_members
        on
            transfers.receiver = hop_members.account
            and transfers.day >= hop_members.day
    where
        transfers.sender_is_exchange
        and not transfers.receiver_is_exchange

    union all

    select
        transfers.day,
        hop_members.hop,
        transfers.receiver as party,
        cast(0 as bigint) as inflow,
        transfers.value as outflow
    from transfers
    inner join {{ ref('hop_members') }} as hop_members
        on
            transfers.sender = hop_members.account
            and transfers.day >= hop_members.day
    where
        transfers.receiver_is_exchange
        and not transfers.sender_is_exchange

)

select
    day,
    hop,
    party,
    cast(sum(inflow) as bigint) as inflow,
    cast(sum(outflow) as bigint) as outflow
from flows
group by day, hop, party
