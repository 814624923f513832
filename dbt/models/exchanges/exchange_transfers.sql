{{ config(materialized='view') }}

select
    party_transfers.day,
    party_transfers.height,
    party_transfers.tx_index,
    party_transfers.party_set,
    coalesce(party_transfers.sender_code, senders.account) as sender,
    coalesce(party_transfers.receiver_code, receivers.account) as receiver,
    party_transfers.sender_code is not null as sender_is_exchange,
    party_transfers.receiver_code is not null as receiver_is_exchange,
    party_transfers.value
from {{ ref('party_transfers') }} as party_transfers
left join {{ ref('accounts') }} as senders
    on party_transfers.sender_id = senders.account_id
left join {{ ref('accounts') }} as receivers
    on party_transfers.receiver_id = receivers.account_id
