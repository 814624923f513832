{%- set keyframe_day = keyframe_before_window(ref('unspent_output_keyframes')) -%}

with {{ spendable_outputs(ref('unspent_output_keyframes'), keyframe_day, window_end()) }},

overwriting_blocks as (

    select
        day,
        height
    from {{ ref('stg_blocks') }}
    where {{ in_window() }}

)

select
    overwriting_blocks.day,
    overwriting_blocks.height,
    candidate_outputs.created_day,
    candidate_outputs.height as created_height,
    candidate_outputs.output_index,
    candidate_outputs.account,
    candidate_outputs.value
from candidate_outputs
inner join overwriting_blocks
    on candidate_outputs.overwritten_at = overwriting_blocks.height
left join {{ ref('spent_outputs') }} as spent_outputs
    on
        candidate_outputs.height = spent_outputs.created_height
        and candidate_outputs.tx_index = spent_outputs.created_tx_index
        and candidate_outputs.output_index = spent_outputs.output_index
        and spent_outputs.day > date '{{ keyframe_day }}'
        and spent_outputs.day <= date '{{ window_end() }}'
where spent_outputs.height is null
