{{ config(materialized='view') }}

select
    day,
    account,
    height,
    tx_index,
    entry_index,
    value
from {{ ref('balance_updates') }}
