{#- Totals over the transactions of each block that `blocks` does not have. Metrics per block use both tables. -#}

with transfers as (

    {{ transfers(in_window) }}

),

transfer_totals as (

    select
        height,
        count(*) as transfers,
        sum(value) as transferred,
        {{ median_of('value') }} as median_transfer
    from transfers
    group by height

),

fees as (

    select
        height,
        {{ median_of('fee') }} as median_fee
    from {{ ref('transactions') }}
    where
        {{ in_window() }}
        and not is_coinbase
    group by height

),

data_transactions as (

    select distinct
        height,
        tx_index
    from {{ ref('outputs') }}
    where
        {{ in_window() }}
        and tx_index > 0
        and account_id = {{ virtual_account('UNSPENDABLE') }}

),

data_totals as (

    select
        height,
        count(*) as data_transactions
    from data_transactions
    group by height

),

block_seconds as (

    select
        height,
        {{ seconds_between("cast(date '1970-01-01' as timestamp)", 'median_time') }} as seconds
    from {{ ref('blocks') }}
    where day <= date '{{ window_end() }}'

),

spent_totals as (

    select
        inputs.height,
        sum(
            inputs.value * {{ quotient('(spending_blocks.seconds - creating_blocks.seconds)', '86400') }}
        ) as days_destroyed
    from {{ ref('inputs') }} as inputs
    inner join block_seconds as spending_blocks
        on inputs.height = spending_blocks.height
    inner join block_seconds as creating_blocks
        on inputs.created_height = creating_blocks.height
    where {{ in_window('inputs.day') }}
    group by inputs.height

)

select
    blocks.asset,
    blocks.day,
    blocks.height,
    cast(coalesce(transfer_totals.transfers, 0) as bigint) as transfers,
    cast(coalesce(transfer_totals.transferred, 0) as bigint) as transferred,
    transfer_totals.median_transfer,
    fees.median_fee,
    cast(coalesce(data_totals.data_transactions, 0) as bigint) as data_transactions,
    cast(coalesce(spent_totals.days_destroyed, 0) as bigint) as days_destroyed
from {{ ref('blocks') }} as blocks
left join transfer_totals
    on blocks.height = transfer_totals.height
left join fees
    on blocks.height = fees.height
left join data_totals
    on blocks.height = data_totals.height
left join spent_totals
    on blocks.height = spent_totals.height
where {{ in_window('blocks.day') }}
order by blocks.height
