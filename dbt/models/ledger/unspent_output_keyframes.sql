{%- set keyframes = keyframe_days() -%}
{#- On most days none is due: then nothing is read. -#}
{%- set keyframe_day = keyframe_before_window(this) if keyframes else '0001-01-01' -%}
{%- set last_day = keyframes[-1] if keyframes else '0001-01-01' -%}

with {{ spendable_outputs(this, keyframe_day, last_day) }},

spending_inputs as (

    select
        day,
        height,
        spent_txid,
        spent_output_index
    from {{ ref('stg_inputs') }}
    where
        day > date '{{ keyframe_day }}'
        and day <= date '{{ last_day }}'

),

output_lives as (

    select
        candidate_outputs.*,
        spending_inputs.day as spent_day
    from candidate_outputs
    left join spending_inputs
        on {{ spends('spending_inputs', 'candidate_outputs') }}

),

block_days as (

    select
        cast(height as integer) as height,
        day
    from {{ ref('stg_blocks') }}
    where
        day > date '{{ keyframe_day }}'
        and day <= date '{{ last_day }}'

),

{{ keyframe_days_cte(keyframes) }}

select
    keyframe_days.day,
    output_lives.created_day,
    output_lives.height,
    output_lives.tx_index,
    output_lives.output_index,
    output_lives.txid,
    output_lives.is_coinbase,
    output_lives.account,
    output_lives.value
from output_lives
inner join keyframe_days
    on output_lives.created_day <= keyframe_days.day
left join block_days as overwriting_blocks
    on output_lives.overwritten_at = overwriting_blocks.height
where
    (output_lives.spent_day is null or output_lives.spent_day > keyframe_days.day)
    and (overwriting_blocks.day is null or overwriting_blocks.day > keyframe_days.day)
