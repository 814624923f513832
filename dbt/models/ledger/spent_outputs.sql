{{ config(materialized='view') }}

-- names come first: see "Names" in docs/decisions/published.md
select
    inputs.day,
    inputs.height,
    inputs.tx_index,
    inputs.input_index,
    inputs.created_day,
    inputs.created_height,
    inputs.created_tx_index,
    inputs.output_index,
    accounts.account,
    inputs.value
from {{ ref('accounts') }} as accounts
inner join {{ ref('inputs') }} as inputs
    on accounts.account_id = inputs.account_id
