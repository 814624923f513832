{{ config(materialized='view') }}

{#-
    Exchanges and OTHERS have no account id. They are joined to FEES, which always exists, so that both joins can be inner joins.
    For these DuckDB reads only the names of the day's accounts; for an outer join it hashes all names (a day of a chain
    of 10 million ledger entries: 0.03 instead of 0.36 s of processor time).
-#}

select
    party_transfers.day,
    party_transfers.height,
    party_transfers.tx_index,
    party_transfers.party_set,
    coalesce(party_transfers.sender_code, senders.account) as sender,
    coalesce(party_transfers.receiver_code, receivers.account) as receiver,
    coalesce(party_transfers.sender_code, 'OTHERS') <> 'OTHERS' as sender_is_exchange,
    coalesce(party_transfers.receiver_code, 'OTHERS') <> 'OTHERS' as receiver_is_exchange,
    party_transfers.value
from {{ ref('party_transfers') }} as party_transfers
inner join {{ ref('accounts') }} as senders
    on coalesce(party_transfers.sender_id, {{ virtual_account('FEES') }}) = senders.account_id
inner join {{ ref('accounts') }} as receivers
    on coalesce(party_transfers.receiver_id, {{ virtual_account('FEES') }}) = receivers.account_id
