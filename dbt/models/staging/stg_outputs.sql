with transaction_outputs as (

    select
        day,
        block_number,
        "index" as tx_index,
        hash as txid,
        is_coinbase,
        unnest(outputs) as output
    from {{ read_raw('transactions.parquet') }} as raw_transactions

),

outputs as (

    select
        day,
        cast(block_number as integer) as height,
        cast(tx_index as integer) as tx_index,
        cast(output.index as integer) as output_index,
        txid,
        is_coinbase,
        output.script_hex as script,
        output.addresses as addresses,
        output.value as value
    from transaction_outputs

),

typed_outputs as (

    select
        *,
        {{ script_type('script') }} as script_type
    from outputs

)

select
    typed_outputs.day,
    typed_outputs.height,
    typed_outputs.tx_index,
    typed_outputs.output_index,
    typed_outputs.txid,
    typed_outputs.is_coinbase,
    typed_outputs.script_type,
    {{ output_account('typed_outputs.script', 'typed_outputs.script_type', 'typed_outputs.addresses', 'derived_accounts.account') }} as account,
    typed_outputs.value
from typed_outputs
left join {{ read_raw('script_accounts.parquet') }} as derived_accounts
    on
        typed_outputs.script = derived_accounts.script_hex
        and typed_outputs.day = derived_accounts.day
