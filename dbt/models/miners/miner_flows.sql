with member_nets as (

    -- the member set is one party: what moves between members cancels within the transaction
    select
        balance_updates.day,
        hop_members.hop,
        balance_updates.height,
        balance_updates.tx_index,
        sum(balance_updates.value) as net
    from {{ ref('balance_updates') }} as balance_updates
    inner join {{ ref('hop_members') }} as hop_members
        on
            balance_updates.account = hop_members.account
            and balance_updates.day >= hop_members.day
    where
        {{ in_window('balance_updates.day') }}
        and balance_updates.kind <> 'overwrite'
    group by
        balance_updates.day,
        hop_members.hop,
        balance_updates.height,
        balance_updates.tx_index

)

select
    day,
    hop,
    cast(sum(case when net > 0 then net else 0 end) as bigint) as inflow,
    cast(sum(case when net < 0 then -net else 0 end) as bigint) as outflow
from member_nets
group by day, hop
