{{ config(materialized='view') }}

{#-
    All entries of the ledger, as a view on the tables that they come from, so that nothing is stored twice. The
    pseudo-transaction that books overwritten outputs (BIP30) has tx_index -1, before its block's coinbase.
-#}

with numbered_overwrites as (

    select
        *,
        2 * (cast(row_number() over (
            partition by height
            order by created_height, output_index
        ) as integer) - 1) as debit_index
    from {{ ref('overwritten_outputs') }}

),

entries as (

    select
        day,
        height,
        tx_index,
        input_index as place,
        'input' as kind,
        account_id,
        -value as value
    from {{ ref('inputs') }}

    union all

    select
        day,
        height,
        tx_index,
        output_index as place,
        'output' as kind,
        account_id,
        value
    from {{ ref('outputs') }}

    union all

    select
        day,
        height,
        tx_index,
        0 as place,
        'fee' as kind,
        {{ virtual_account('FEES') }} as account_id,
        fee as value
    from {{ ref('transactions') }}
    where not is_coinbase

    union all

    select
        day,
        height,
        0 as tx_index,
        0 as place,
        'fee' as kind,
        {{ virtual_account('FEES') }} as account_id,
        -fees as value
    from {{ ref('blocks') }}

    union all

    select
        day,
        height,
        0 as tx_index,
        0 as place,
        'issuance' as kind,
        {{ virtual_account('ISSUANCE') }} as account_id,
        -issuance as value
    from {{ ref('blocks') }}

    union all

    select
        day,
        height,
        -1 as tx_index,
        debit_index as place,
        'overwrite' as kind,
        account_id,
        -value as value
    from numbered_overwrites

    union all

    select
        day,
        height,
        -1 as tx_index,
        debit_index + 1 as place,
        'overwrite' as kind,
        {{ virtual_account('UNSPENDABLE') }} as account_id,
        value
    from numbered_overwrites

)

select
    day,
    height,
    tx_index,
    place,
    kind,
    account_id,
    value
from entries
where value <> 0
