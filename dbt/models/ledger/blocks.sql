with chain_parameters as (

    select *
    from {{ ref('chain_parameters') }}
    where chain = '{{ chain() }}'

),

window_blocks as (

    select *
    from {{ ref('stg_blocks') }}

),

known_blocks as (

    select
        height,
        hash,
        time
    from window_blocks

    {%- if is_incremental() %}

    union all

    -- the block before the window's first one; it may be days earlier, because some days have no blocks
    select
        height,
        hash,
        time
    from {{ this }}
    where
        height = (select min(window_blocks.height) - 1 from window_blocks)
        and day < date '{{ window_start() }}'
    {%- endif %}

),

transaction_totals as (

    select
        height,
        cast(sum(fee) as bigint) as fees,
        cast(sum(case when is_coinbase then output_value else 0 end) as bigint) as coinbase_value
    from {{ ref('transactions') }}
    where {{ in_window() }}
    group by height

),

block_values as (

    select
        window_blocks.*,
        coalesce(window_blocks.previous_hash, previous_blocks.hash) as parent_hash,
        previous_blocks.time as previous_time,
        chain_parameters.initial_subsidy,
        chain_parameters.halving_interval,
        transaction_totals.fees,
        transaction_totals.coinbase_value
    from window_blocks
    cross join chain_parameters
    left join known_blocks as previous_blocks
        on window_blocks.height = previous_blocks.height + 1
    left join transaction_totals
        on window_blocks.height = transaction_totals.height

)

select
    'btc' as asset,
    day,
    height,
    hash,
    parent_hash as previous_hash,
    time,
    median_time,
    previous_time,
    bits,
    difficulty,
    work,
    size,
    weight,
    version,
    transaction_count,
    {{ block_subsidy('height', 'initial_subsidy', 'halving_interval') }} as subsidy,
    fees,
    coinbase_value,
    coinbase_value - fees as issuance
from block_values
