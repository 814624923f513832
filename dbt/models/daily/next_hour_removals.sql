{{ config(materialized='table') }}

{#-
    What adjusted transfer values leave out of the last day, because the hour after it spends it. It is one row, or none
    as long as the lake does not hold that hour; where the next day is built, `transfer_removals` has the same of it.
-#}

{%- set begun = day_of_next_hour() -%}

{% if not begun %}
select
    cast(null as date) as day,
    cast(null as bigint) as value
where false
{% else %}
{#- The lake is asked for the day once, not by each predicate. -#}
{%- set on_the_day_before = ("{} = date '" ~ begun ~ "' - 1").format -%}

with

{{ transfers_and_remainders(on_the_day_before, begun) }},

spends as (

    select
        {{ hex_text('inputs.spent_txid') }} as txid,
        cast(inputs.spent_output_index as integer) as output_index,
        {{ epoch_to_timestamp('blocks.median_time') }} as median_time
    from {{ lake_rows(next_hour_files('inputs.parquet')) }} as inputs
    inner join {{ lake_rows(next_hour_files('blocks.parquet')) }} as blocks
        on inputs.height = blocks.height

),

early_spends as (

    select
        transactions.height as created_height,
        transactions.tx_index as created_tx_index,
        spends.output_index
    from spends
    inner join {{ ref('transactions') }} as transactions
        on
            spends.txid = transactions.txid
            and {{ on_the_day_before('transactions.day') }}
    inner join {{ ref('blocks') }} as creating_blocks
        on
            transactions.height = creating_blocks.height
            and {{ on_the_day_before('creating_blocks.day') }}
    where {{ within_an_hour('creating_blocks.median_time', 'spends.median_time') }}

)

select
    date '{{ begun }}' - 1 as day,
    cast(coalesce(sum(transfers.value), 0) as bigint) as value
{{ removed_early() }}
{% endif %}
