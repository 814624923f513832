{#-
    Transfers that adjusted transfer values leave out. First, the transfer of a transaction that has at least 4 decimals
    more than all the others: the remainder of a round payment. Second, transfers that are spent within an hour. `day`
    is the day on which this is known, `created_day` that of the transfer; the spend may be on the day after it.
-#}

with

{{ transfers_and_remainders(from_days_before, window_start()) }},

early_spends as (

    select
        inputs.day,
        inputs.created_day,
        inputs.created_height,
        inputs.created_tx_index,
        inputs.output_index
    from {{ ref('inputs') }} as inputs
    inner join {{ ref('blocks') }} as spending_blocks
        on
            inputs.height = spending_blocks.height
            and {{ in_window('spending_blocks.day') }}
    inner join {{ ref('blocks') }} as creating_blocks
        on
            inputs.created_height = creating_blocks.height
            and {{ from_days_before('creating_blocks.day') }}
    where
        {{ in_window('inputs.day') }}
        and {{ from_days_before('inputs.created_day') }}
        and {{ within_an_hour('creating_blocks.median_time', 'spending_blocks.median_time') }}

),

removals as (

    select
        day,
        day as created_day,
        value
    from remainders
    where {{ in_window() }}

    union all

    select
        early_spends.day,
        early_spends.created_day,
        transfers.value
    {{ removed_early() }}

)

select
    day,
    created_day,
    cast(count(*) as bigint) as transfers,
    cast(sum(value) as bigint) as value
from removals
group by day, created_day
