with member_nets as (

    -- all members are one party: transfers between them cancel out within the transaction
    select
        ledger_entries.day,
        members.hop,
        ledger_entries.height,
        ledger_entries.tx_index,
        sum(ledger_entries.value) as net
    from {{ ref('ledger_entries') }} as ledger_entries
    inner join {{ ref('members') }} as members
        on
            ledger_entries.account_id = members.account_id
            and ledger_entries.day >= members.day
    where
        {{ in_window('ledger_entries.day') }}
        and ledger_entries.kind <> 'overwrite'
    group by
        ledger_entries.day,
        members.hop,
        ledger_entries.height,
        ledger_entries.tx_index

)

select
    day,
    hop,
    cast(sum(case when net > 0 then net else 0 end) as bigint) as inflow,
    cast(sum(case when net < 0 then -net else 0 end) as bigint) as outflow
from member_nets
group by day, hop
