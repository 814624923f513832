with transfers as (

    select *
    from {{ ref('party_transfers') }}
    where {{ in_window() }}

),

flows as (

    select
        transfers.day,
        members.hop,
        transfers.sender_code as party,
        transfers.value as inflow,
        cast(0 as bigint) as outflow
    from transfers
    inner join {{ ref('members') }} as members
        on
            transfers.receiver_id = members.account_id
            and transfers.day >= members.day
    where transfers.sender_code is not null

    union all

    select
        transfers.day,
        members.hop,
        transfers.receiver_code as party,
        cast(0 as bigint) as inflow,
        transfers.value as outflow
    from transfers
    inner join {{ ref('members') }} as members
        on
            transfers.sender_id = members.account_id
            and transfers.day >= members.day
    where transfers.receiver_code is not null

)

select
    day,
    hop,
    party,
    cast(sum(inflow) as bigint) as inflow,
    cast(sum(outflow) as bigint) as outflow
from flows
group by day, hop, party
