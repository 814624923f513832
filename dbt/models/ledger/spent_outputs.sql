{{ config(materialized='view') }}

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
from {{ ref('inputs') }} as inputs
left join {{ ref('accounts') }} as accounts
    on inputs.account_id = accounts.account_id
