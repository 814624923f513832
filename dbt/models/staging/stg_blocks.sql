with raw_blocks as (

    select
        *,
        {{ hex_integer("substr(bits, 1, 2)") }} as target_exponent,
        {{ hex_integer("substr(bits, 3, 6)") }} as target_mantissa
    from {{ read_raw('blocks.parquet') }} as raw_blocks

)

select
    day,
    cast(number as integer) as height,
    hash,
    previous_hash,
    {{ epoch_to_timestamp('timestamp') }} as time,
    {{ epoch_to_timestamp('median_time') }} as median_time,
    bits,
    {{ difficulty('target_exponent', 'target_mantissa') }} as difficulty,
    {{ block_work('target_exponent', 'target_mantissa') }} as work,
    size,
    weight,
    version,
    cast(transaction_count as integer) as transaction_count
from raw_blocks
