with input_values as (

    select
        height,
        tx_index,
        cast(sum(value) as bigint) as input_value
    from {{ ref('inputs') }}
    where {{ in_window() }}
    group by height, tx_index

),

output_values as (

    select
        height,
        tx_index,
        cast(sum(value) as bigint) as output_value
    from {{ ref('outputs') }}
    where {{ in_window() }}
    group by height, tx_index

)

select
    transactions.day,
    transactions.height,
    transactions.tx_index,
    transactions.txid,
    transactions.is_coinbase,
    transactions.size,
    transactions.virtual_size,
    transactions.input_count,
    transactions.output_count,
    cast(coalesce(input_values.input_value, 0) as bigint) as input_value,
    output_values.output_value,
    case
        when transactions.is_coinbase then cast(0 as bigint)
        else cast(coalesce(input_values.input_value, 0) as bigint) - output_values.output_value
    end as fee
from {{ ref('stg_transactions') }} as transactions
inner join output_values
    on
        transactions.height = output_values.height
        and transactions.tx_index = output_values.tx_index
left join input_values
    on
        transactions.height = input_values.height
        and transactions.tx_index = input_values.tx_index
