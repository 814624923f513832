select
    day,
    cast(height as integer) as height,
    cast(tx_index as integer) as tx_index,
    {{ hex_text('txid') }} as txid,
    {{ bytes_key('txid') }} as txid_key,
    tx_index = 0 as is_coinbase,
    cast(size as integer) as size,
    -- virtual size: a witness byte counts a quarter, any other byte 1; rounded up (BIP 141)
    cast((4 * size - 3 * witness_size + 3 - (witness_size + 3) % 4) / 4 as integer) as virtual_size,
    cast(input_count as integer) as input_count,
    cast(output_count as integer) as output_count
from {{ read_raw('transactions.parquet') }} as raw_transactions
where {{ in_window() }}
