{{ config(meta={'day_column': 'time'}) }}

{#- Transfers, fees and sizes of transactions, sizes of blocks. -#}

with window_days as (

    select
        transfer_days.day,
        transfer_days.transfers,
        transfer_days.value as transferred,
        transaction_days.size,
        transaction_days.weight,
        transaction_days.data_transactions,
        transaction_days.last_difficulty,
        cast(transfer_days.value as double) / nullif(transfer_days.transfers, 0) / 1e8 as mean_transfer,
        transfer_days.median / 1e8 as median_transfer,
        cast(ledger_days.paid_fees as double) / nullif(ledger_days.transactions, 0) / 1e8 as mean_fee,
        transaction_days.median_fee / 1e8 as median_fee,
        case when ledger_days.transactions > 0 then cast(ledger_days.paid_fees as double) end
        / nullif(transaction_days.size, 0) / 1e8 as fee_per_byte,
        case when ledger_days.transactions > 0 then cast(ledger_days.paid_fees as double) end
        / nullif(transaction_days.weight, 0) / 1e8 as fee_per_weight,
        cast(transaction_days.size as double) / nullif(block_days.block_count, 0) as mean_block_size,
        cast(transaction_days.weight as double) / nullif(block_days.block_count, 0) as mean_block_weight,
        cast(transaction_days.size as double) / nullif(ledger_days.transactions, 0) as size_per_transaction,
        cast(transaction_days.size as double) / nullif(transfer_days.transfers, 0) as size_per_transfer
    from {{ ref('transfer_days') }} as transfer_days
    inner join {{ ref('transaction_days') }} as transaction_days
        on transfer_days.day = transaction_days.day
    inner join {{ ref('ledger_days') }} as ledger_days
        on transfer_days.day = ledger_days.day
    inner join {{ ref('block_days') }} as block_days
        on
            block_days.asset = 'btc'
            and transfer_days.day = block_days.day
    where {{ in_window('transfer_days.day') }}

),

priced_outputs as (

    select
        day,
        bound,
        outputs,
        value as output_value
    from {{ ref('priced_outputs') }}
    where {{ in_window() }}

),

large_transactions as (

    select
        day,
        bound,
        transactions as large_transactions,
        value as moved
    from {{ ref('large_transactions') }}
    where {{ in_window() }}

),

known_values as (

    {{ metric_values(
        'window_days',
        amounts=['transfers', 'transferred', 'size', 'weight', 'data_transactions'],
        quotients=[
            'last_difficulty',
            'mean_transfer',
            'median_transfer',
            'mean_fee',
            'median_fee',
            'fee_per_byte',
            'fee_per_weight',
            'mean_block_size',
            'mean_block_weight',
            'size_per_transaction',
            'size_per_transfer',
        ],
    ) }}
    union all
    {{ metric_values('priced_outputs', amounts=['outputs', 'output_value'], key='bound') }}
    union all
    {{ metric_values('large_transactions', amounts=['large_transactions', 'moved'], key='bound') }}

)

{{ catalogue_rows('known_values') }}
