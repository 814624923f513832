-- An exchange's net flow equals the change of its balance, except for overwritten coinbases (BIP30).
with window_changes as (

    select *
    from {{ ref('exchange_balance_changes') }}
    where {{ in_window() }}

),

window_flows as (

    select *
    from {{ ref('exchange_flows') }}
    where {{ in_window() }}

),

overwritten as (

    select
        ledger_entries.day,
        sum(ledger_entries.value) as value
    from {{ ref('ledger_entries') }} as ledger_entries
    inner join {{ ref('labelled_accounts') }} as labelled_accounts
        on ledger_entries.account_id = labelled_accounts.account_id
    where
        {{ in_window('ledger_entries.day') }}
        and ledger_entries.kind = 'overwrite'
    group by ledger_entries.day

),

party_days as (

    select
        coalesce(changes.day, flows.day) as day,
        coalesce(changes.party, flows.party) as party,
        coalesce(changes.change, 0) as change,
        coalesce(flows.inflow, 0) - coalesce(flows.outflow, 0) as net_flow
    from window_changes as changes
    full outer join window_flows as flows
        on
            changes.day = flows.day
            and changes.party = flows.party

)

select
    party_days.day,
    party_days.party as offender,
    'net flow ' || party_days.net_flow || ', balance change ' || party_days.change || ' satoshi' as detail
from party_days
left join overwritten on party_days.day = overwritten.day
where
    party_days.net_flow <> party_days.change
    and overwritten.day is null
order by party_days.day, party_days.party
