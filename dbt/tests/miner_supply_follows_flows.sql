-- The change of members' balances equals inflow minus outflow, except for overwritten coinbases (BIP30).
with window_changes as (

    select *
    from {{ ref('miner_supply_changes') }}
    where {{ in_window() }}

),

window_flows as (

    select *
    from {{ ref('miner_flows') }}
    where {{ in_window() }}

),

overwritten as (

    select
        ledger_entries.day,
        members.hop,
        sum(ledger_entries.value) as value
    from {{ ref('ledger_entries') }} as ledger_entries
    inner join {{ ref('members') }} as members
        on
            ledger_entries.account_id = members.account_id
            and ledger_entries.day >= members.day
    where
        {{ in_window('ledger_entries.day') }}
        and ledger_entries.kind = 'overwrite'
    group by ledger_entries.day, members.hop

),

group_days as (

    select
        coalesce(changes.day, flows.day) as day,
        coalesce(changes.hop, flows.hop) as hop,
        coalesce(changes.moved, 0) as moved,
        coalesce(flows.inflow, 0) - coalesce(flows.outflow, 0) + coalesce(overwritten.value, 0) as flowed
    from window_changes as changes
    full outer join window_flows as flows
        on
            changes.day = flows.day
            and changes.hop = flows.hop
    left join overwritten
        on
            coalesce(changes.day, flows.day) = overwritten.day
            and coalesce(changes.hop, flows.hop) = overwritten.hop

)

select
    day,
    'hop ' || hop as offender,
    'balances moved by ' || moved || ', flows by ' || flowed || ' satoshi' as detail
from group_days
where moved <> flowed
order by day, hop
