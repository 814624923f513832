{#-
    The ledger. Entries of one transaction are numbered from 0: inputs, outputs, then fee; in a coinbase fee and
    issuance come first. The pseudo-transaction that books overwritten outputs (BIP30) stands before its block's
    coinbase, as tx_index -1.
-#}

with window_transactions as (

    select *
    from {{ ref('transactions') }}
    where {{ in_window() }}

),

window_blocks as (

    select *
    from {{ ref('blocks') }}
    where {{ in_window() }}

),

debited_inputs as (

    select
        day,
        height,
        tx_index,
        input_index as entry_index,
        'input' as kind,
        account,
        -value as value
    from {{ ref('spent_outputs') }}
    where {{ in_window() }}

),

credited_outputs as (

    select
        outputs.day,
        outputs.height,
        outputs.tx_index,
        -- a coinbase has two entries before its outputs
        case when outputs.is_coinbase then 2 else window_transactions.input_count end
        + outputs.output_index as entry_index,
        'output' as kind,
        outputs.account,
        outputs.value
    from {{ ref('outputs') }} as outputs
    inner join window_transactions
        on
            outputs.height = window_transactions.height
            and outputs.tx_index = window_transactions.tx_index
    where {{ in_window('outputs.day') }}

),

paid_fees as (

    select
        day,
        height,
        tx_index,
        input_count + output_count as entry_index,
        'fee' as kind,
        'FEES' as account,
        fee as value
    from window_transactions
    where not is_coinbase

),

collected_fees as (

    select
        day,
        height,
        0 as tx_index,
        0 as entry_index,
        'fee' as kind,
        'FEES' as account,
        -fees as value
    from window_blocks

),

issued_coins as (

    select
        day,
        height,
        0 as tx_index,
        1 as entry_index,
        'issuance' as kind,
        'ISSUANCE' as account,
        -issuance as value
    from window_blocks

),

overwritten_outputs as (

    select
        *,
        2 * (row_number() over (
            partition by height
            order by created_height, output_index
        ) - 1) as first_entry_index
    from {{ ref('overwritten_outputs') }}
    where {{ in_window() }}

),

overwritten_debits as (

    select
        day,
        height,
        -1 as tx_index,
        cast(first_entry_index as integer) as entry_index,
        'overwrite' as kind,
        account,
        -value as value
    from overwritten_outputs

),

overwritten_credits as (

    select
        day,
        height,
        -1 as tx_index,
        cast(first_entry_index + 1 as integer) as entry_index,
        'overwrite' as kind,
        'UNSPENDABLE' as account,
        value
    from overwritten_outputs

),

entries as (

    select * from debited_inputs
    union all
    select * from credited_outputs
    union all
    select * from paid_fees
    union all
    select * from collected_fees
    union all
    select * from issued_coins
    union all
    select * from overwritten_debits
    union all
    select * from overwritten_credits

)

select
    day,
    height,
    tx_index,
    entry_index,
    kind,
    account,
    value
from entries
where value <> 0
