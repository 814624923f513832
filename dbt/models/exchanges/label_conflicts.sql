{{ config(materialized='view') }}

with evidence_counts as (

    select
        account,
        count(*) as exchanges
    from {{ ref('label_evidence') }}
    group by account

)

select
    label_evidence.account,
    label_evidence.exchange_code,
    label_evidence.evidence_account,
    label_evidence.evidence_day,
    label_evidence.evidence_height,
    label_evidence.evidence_tx_index
from {{ ref('label_evidence') }} as label_evidence
inner join evidence_counts
    on label_evidence.account = evidence_counts.account
where evidence_counts.exchanges > 1
