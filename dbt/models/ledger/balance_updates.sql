{{ config(materialized='view') }}

{#-
    The ledger with account names. Entries of a transaction are numbered from 0: inputs, outputs, fee; in a coinbase:
    fee, issuance, outputs.
-#}

with numbered_entries as (

    select
        ledger_entries.day,
        ledger_entries.height,
        ledger_entries.tx_index,
        case
            when ledger_entries.kind in ('input', 'overwrite') then ledger_entries.place
            when ledger_entries.tx_index > 0 and ledger_entries.kind = 'output'
                then transactions.input_count + ledger_entries.place
            when ledger_entries.tx_index > 0 then transactions.input_count + transactions.output_count
            when ledger_entries.kind = 'output' then 2 + ledger_entries.place
            when ledger_entries.kind = 'issuance' then 1
            else 0
        end as entry_index,
        ledger_entries.kind,
        ledger_entries.account_id,
        ledger_entries.value
    from {{ ref('ledger_entries') }} as ledger_entries
    left join {{ ref('transactions') }} as transactions
        on
            ledger_entries.day = transactions.day
            and ledger_entries.height = transactions.height
            and ledger_entries.tx_index = transactions.tx_index

)

-- names come first: see "Names" in docs/decisions/published.md
select
    numbered_entries.day,
    numbered_entries.height,
    numbered_entries.tx_index,
    numbered_entries.entry_index,
    numbered_entries.kind,
    accounts.account,
    numbered_entries.value
from {{ ref('accounts') }} as accounts
inner join numbered_entries
    on accounts.account_id = numbered_entries.account_id
