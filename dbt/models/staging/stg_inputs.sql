with transaction_inputs as (

    select
        raw_transactions.day,
        raw_transactions.block_number,
        raw_transactions.index as tx_index,
        {{ each_of('raw_transactions.inputs') }} as item
    from {{ read_raw('transactions.parquet') }} as raw_transactions

)

select
    transaction_inputs.day,
    cast(transaction_inputs.block_number as integer) as height,
    cast(transaction_inputs.tx_index as integer) as tx_index,
    cast(transaction_inputs.item.index as integer) as input_index,
    transaction_inputs.item.spent_transaction_hash as spent_txid,
    cast(transaction_inputs.item.spent_output_index as integer) as spent_output_index
from transaction_inputs
