select
    day,
    cast(height as integer) as height,
    cast(tx_index as integer) as tx_index,
    cast(output_index as integer) as output_index,
    script_type,
    -- a public key and its hash are the same account
    case when script_type = 'pubkey' then 'pubkeyhash' else script_type end as account_type,
    payload,
    value
from {{ read_raw('outputs.parquet') }} as raw_outputs
where {{ in_window() }}
