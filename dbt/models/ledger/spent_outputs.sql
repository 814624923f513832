{%- set keyframe_day = keyframe_before_window(ref('unspent_output_keyframes')) -%}

with {{ spendable_outputs(ref('unspent_output_keyframes'), keyframe_day, window_end()) }},

inputs as (

    select *
    from {{ ref('stg_inputs') }}
    where {{ in_window() }}

)

select
    inputs.day,
    inputs.height,
    inputs.tx_index,
    inputs.input_index,
    candidate_outputs.created_day,
    candidate_outputs.height as created_height,
    candidate_outputs.tx_index as created_tx_index,
    inputs.spent_output_index as output_index,
    candidate_outputs.account,
    candidate_outputs.value
from inputs
left join candidate_outputs
    on {{ spends('inputs', 'candidate_outputs') }}
