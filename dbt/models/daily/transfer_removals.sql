{#-
    Transfers that adjusted transfer values leave out. First, the transfer of a transaction that has at least 4 decimals
    more than all the others: the remainder of a round payment. Second, transfers that are spent within an hour. `day`
    is the day on which this is known, `created_day` that of the transfer; the spend may be on the day after it.
-#}

{%- set of_the_last_hour -%}
    outputs.height >= (
        select min(blocks.height)
        from {{ ref('blocks') }} as blocks
        where
            {{ from_days_before('blocks.day') }}
            and {{ seconds_between('blocks.median_time', "cast(date '" ~ window_start() ~ "' as timestamp)") }} <= 3600
    )
{%- endset %}

with transfers as (

    {{ transfers(from_days_before, of_the_last_hour) }}

),

measured_transfers as (

    select
        *,
        {{ decimals_of('value') }} as decimals,
        max({{ decimals_of('value') }}) over (partition by height, tx_index) as most_decimals,
        count(*) over (partition by height, tx_index) as transfers
    from transfers

),

compared_transfers as (

    select
        *,
        sum(case when decimals > most_decimals - 4 then 1 else 0 end) over (
            partition by height, tx_index
        ) as nearly_as_many
    from measured_transfers

),

told_transfers as (

    select
        day,
        height,
        tx_index,
        output_index,
        value,
        transfers > 1 and decimals = most_decimals and nearly_as_many = 1 as is_remainder
    from compared_transfers

),

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
        and {{ seconds_between('creating_blocks.median_time', 'spending_blocks.median_time') }} <= 3600

),

removals as (

    select
        day,
        day as created_day,
        value
    from told_transfers
    where
        is_remainder
        and {{ in_window() }}

    union all

    select
        early_spends.day,
        early_spends.created_day,
        told_transfers.value
    from early_spends
    inner join told_transfers
        on
            early_spends.created_height = told_transfers.height
            and early_spends.created_tx_index = told_transfers.tx_index
            and early_spends.output_index = told_transfers.output_index
    where not told_transfers.is_remainder

)

select
    day,
    created_day,
    cast(count(*) as bigint) as transfers,
    cast(sum(value) as bigint) as value
from removals
group by day, created_day
