{#- Daily fees, sizes and unspendable outputs of transactions and blocks. Block 0 is left out. -#}

with fees as (

    select
        day,
        {{ median_of('fee') }} as median_fee
    from {{ ref('transactions') }}
    where
        {{ in_window() }}
        and not is_coinbase
    group by day

),

data_totals as (

    select
        day,
        sum(data_transactions) as data_transactions
    from {{ ref('block_totals') }}
    where {{ in_window() }}
    group by day

),

block_sizes as (

    select
        day,
        sum(size) as size,
        sum(weight) as weight,
        max_by(difficulty, height) as last_difficulty
    from {{ ref('blocks') }}
    where
        {{ in_window() }}
        and height > 0
    group by day

)

select
    days.day,
    fees.median_fee,
    cast(coalesce(data_totals.data_transactions, 0) as bigint) as data_transactions,
    cast(coalesce(block_sizes.size, 0) as bigint) as size,
    cast(coalesce(block_sizes.weight, 0) as bigint) as weight,
    block_sizes.last_difficulty
from {{ ref('days') }} as days
left join fees
    on days.day = fees.day
left join data_totals
    on days.day = data_totals.day
left join block_sizes
    on days.day = block_sizes.day
where {{ in_window('days.day') }}
