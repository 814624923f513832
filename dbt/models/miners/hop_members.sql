{{ config(materialized='view') }}

-- names and transactions come first: see "Names" in docs/decisions/published.md
with named_members as (

    select
        members.*,
        accounts.account
    from {{ ref('accounts') }} as accounts
    inner join {{ ref('members') }} as members
        on accounts.account_id = members.account_id

)

select
    named_members.day,
    named_members.account,
    named_members.hop,
    named_members.evidence_height,
    named_members.evidence_tx_index,
    transactions.txid as evidence_txid
from {{ ref('transactions') }} as transactions
inner join named_members
    on
        transactions.height = named_members.evidence_height
        and transactions.tx_index = named_members.evidence_tx_index
