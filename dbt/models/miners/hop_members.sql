{{ config(materialized='view') }}

select
    members.day,
    accounts.account,
    members.hop,
    members.evidence_height,
    members.evidence_tx_index,
    transactions.txid as evidence_txid
from {{ ref('members') }} as members
inner join {{ ref('accounts') }} as accounts
    on members.account_id = accounts.account_id
inner join {{ ref('transactions') }} as transactions
    on
        members.evidence_height = transactions.height
        and members.evidence_tx_index = transactions.tx_index
