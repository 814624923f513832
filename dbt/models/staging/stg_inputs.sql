with transaction_inputs as (

    select
        day,
        block_number,
        "index" as tx_index,
        unnest(inputs) as input
    from {{ read_raw('transactions.parquet') }} as raw_transactions

)

select
    day,
    cast(block_number as integer) as height,
    cast(tx_index as integer) as tx_index,
    cast(input.index as integer) as input_index,
    input.spent_transaction_hash as spent_txid,
    cast(input.spent_output_index as integer) as spent_output_index
from transaction_inputs
