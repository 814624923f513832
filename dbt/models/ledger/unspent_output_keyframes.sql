{%- set keyframes = keyframe_days() -%}
{#- Most days are not the end of a period: then nothing is read. -#}
{%- set keyframe_day = keyframe_before_window(this) if keyframes else '0001-01-01' -%}
{%- set last_day = keyframes[-1] if keyframes else '0001-01-01' -%}

{%- set output_ends -%}
    select
        day,
        created_height as height,
        created_tx_index as tx_index,
        output_index
    from {{ ref('inputs') }}
    where
        day > date '{{ keyframe_day }}'
        and day <= date '{{ last_day }}'

    union all

    select
        day,
        created_height as height,
        0 as tx_index,
        output_index
    from {{ ref('overwritten_outputs') }}
    where
        day > date '{{ keyframe_day }}'
        and day <= date '{{ last_day }}'
{%- endset %}

with {{ keyframe_days_cte(keyframes) }},

-- Computed whole before it is ordered: of 110 million outputs, the join and the sort together do not fit into 4 GB.
unspent as {{ materialized() }} (

    select
        keyframe_days.day,
        spendable_outputs.created_day,
        spendable_outputs.height,
        spendable_outputs.tx_index,
        spendable_outputs.output_index,
        spendable_outputs.txid_key,
        spendable_outputs.account_id,
        spendable_outputs.value
    from {{ spendable_outputs(this, keyframe_day, last_day) }} as spendable_outputs
    left join ({{ output_ends }}) as output_ends
        on
            spendable_outputs.height = output_ends.height
            and spendable_outputs.tx_index = output_ends.tx_index
            and spendable_outputs.output_index = output_ends.output_index
    inner join keyframe_days
        on spendable_outputs.created_day <= keyframe_days.day
    where
        output_ends.day is null
        or output_ends.day > keyframe_days.day

)

select *
from unspent
order by
    day,
    height,
    tx_index,
    output_index
