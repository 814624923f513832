select
    day,
    height,
    tx_index,
    output_index,
    txid,
    is_coinbase,
    script_type,
    account,
    value
from {{ ref('stg_outputs') }}
where {{ in_window() }}
