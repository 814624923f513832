with transaction_outputs as (

    select
        raw_transactions.day,
        raw_transactions.block_number,
        raw_transactions.index as tx_index,
        raw_transactions.hash as txid,
        raw_transactions.is_coinbase,
        {{ each_of('raw_transactions.outputs') }} as item
    from {{ read_raw('transactions.parquet') }} as raw_transactions

),

outputs as (

    select
        transaction_outputs.day,
        cast(transaction_outputs.block_number as integer) as height,
        cast(transaction_outputs.tx_index as integer) as tx_index,
        cast(transaction_outputs.item.index as integer) as output_index,
        transaction_outputs.txid,
        transaction_outputs.is_coinbase,
        transaction_outputs.item.script_hex as script,
        {{ script_type('transaction_outputs.item.script_hex') }} as script_type,
        transaction_outputs.item.addresses as script_addresses,
        transaction_outputs.item.value as output_value
    from transaction_outputs

)

select
    outputs.day,
    outputs.height,
    outputs.tx_index,
    outputs.output_index,
    outputs.txid,
    outputs.is_coinbase,
    outputs.script_type,
    {{ output_account(
        'outputs.script', 'outputs.script_type', 'outputs.script_addresses', 'script_accounts.account'
    ) }} as account,
    outputs.output_value as value
from outputs
left join {{ read_raw('script_accounts.parquet') }} as script_accounts
    on
        outputs.script = script_accounts.script_hex
        and outputs.day = script_accounts.day
