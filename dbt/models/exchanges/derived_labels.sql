{{ config(materialized='view') }}

select
    account,
    min(exchange_code) as exchange_code,
    'co_spend' as method,
    min(evidence_account) as evidence_account,
    min(evidence_day) as evidence_day,
    min(evidence_height) as evidence_height,
    min(evidence_tx_index) as evidence_tx_index,
    min(round) as round
from {{ ref('label_evidence') }}
group by account
having count(*) = 1
