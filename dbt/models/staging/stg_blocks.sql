with raw_blocks as (

    select
        *,
        {{ target_exponent('bits') }} as target_exponent,
        {{ target_mantissa('bits') }} as target_mantissa
    from {{ read_raw('blocks.parquet') }} as raw_blocks
    where {{ in_window() }}

)

select
    day,
    cast(height as integer) as height,
    {{ hex_text('hash') }} as hash,
    case when height > 0 then {{ hex_text('previous_hash') }} end as previous_hash,
    {{ epoch_to_timestamp('time') }} as time,
    {{ epoch_to_timestamp('median_time') }} as median_time,
    lpad({{ hex_text('bits') }}, 8, '0') as bits,
    {{ difficulty('target_exponent', 'target_mantissa') }} as difficulty,
    {{ block_work('target_exponent', 'target_mantissa') }} as work,
    cast(size as bigint) as size,
    cast(3 * stripped_size + size as bigint) as weight,
    cast(version as bigint) as version,
    transaction_count
from raw_blocks
