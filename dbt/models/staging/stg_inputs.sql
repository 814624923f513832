select
    day,
    cast(height as integer) as height,
    cast(tx_index as integer) as tx_index,
    cast(input_index as integer) as input_index,
    {{ hex_text('spent_txid') }} as spent_txid,
    {{ bytes_key('spent_txid') }} as spent_txid_key,
    cast(spent_output_index as integer) as spent_output_index
from {{ read_raw('inputs.parquet') }} as raw_inputs
where {{ in_window() }}
