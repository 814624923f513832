select
    day,
    cast(block_number as integer) as height,
    cast(index as integer) as tx_index,
    hash as txid,
    is_coinbase,
    cast(size as integer) as size,
    cast(virtual_size as integer) as virtual_size,
    cast(input_count as integer) as input_count,
    cast(output_count as integer) as output_count,
    output_value
from {{ read_raw('transactions.parquet') }} as raw_transactions
