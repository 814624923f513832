{{ config(materialized='view') }}

{#-
    Exchanges and OTHERS have no account id. They are joined to FEES, which always exists, so that both joins can be inner
    joins: for these DuckDB reads only the names of the day's accounts. Names come first: see "Names" in
    docs/decisions/published.md.
-#}

with sent as (

    select
        party_transfers.*,
        coalesce(party_transfers.sender_code, senders.account) as sender
    from {{ ref('accounts') }} as senders
    inner join {{ ref('party_transfers') }} as party_transfers
        on senders.account_id = coalesce(party_transfers.sender_id, {{ virtual_account('FEES') }})

)

select
    sent.day,
    sent.height,
    sent.tx_index,
    sent.party_set,
    sent.sender,
    coalesce(sent.receiver_code, receivers.account) as receiver,
    coalesce(sent.sender_code, 'OTHERS') <> 'OTHERS' as sender_is_exchange,
    coalesce(sent.receiver_code, 'OTHERS') <> 'OTHERS' as receiver_is_exchange,
    sent.value
from {{ ref('accounts') }} as receivers
inner join sent
    on receivers.account_id = coalesce(sent.receiver_id, {{ virtual_account('FEES') }})
