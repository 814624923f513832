{#-
    Inputs are matched by the first 8 bytes of the transaction id and the output's position. On a valid chain every
    input's own output is among the candidates, so where a match is wrong there is more than one: ids that begin alike,
    which anyone can make, or a coinbase that repeats the id of an earlier one (BIP30). Both are rare, and settled by
    the whole ids of the transactions.
-#}

{%- set keyframe_day = keyframe_before_window(earlier_state('unspent_output_keyframes')) -%}

{%- set window_inputs -%}
    select
        day,
        height,
        tx_index,
        input_index,
        spent_txid_key as txid_key,
        spent_output_index as output_index
    from {{ ref('stg_inputs') }}
    where {{ in_window() }}
{%- endset -%}
{%- set window_inputs = staged('window_inputs', window_inputs, window_only=true) -%}

{%- set matched_inputs -%}
    select
        window_inputs.day,
        window_inputs.height,
        window_inputs.tx_index,
        window_inputs.input_index,
        spendable_outputs.created_day,
        spendable_outputs.height as created_height,
        spendable_outputs.tx_index as created_tx_index,
        window_inputs.output_index,
        spendable_outputs.account_id,
        spendable_outputs.value
    from {{ window_inputs }} as window_inputs
    left join {{ spendable_outputs(earlier_state('unspent_output_keyframes'), keyframe_day, window_end()) }}
        as spendable_outputs
        on
            window_inputs.txid_key = spendable_outputs.txid_key
            and window_inputs.output_index = spendable_outputs.output_index
            and window_inputs.height >= spendable_outputs.height
{%- endset -%}
{%- set matched_inputs = staged('matched_inputs', matched_inputs) -%}

{%- if stages() and staged_rows(matched_inputs) == staged_rows(window_inputs) %}

select *
from {{ matched_inputs }}
order by height, tx_index, input_index
{%- else %}

with matched_inputs as (

    select *
    from {{ matched_inputs }} as matched_inputs

),

named_matches as (

    select
        matched_inputs.*,
        row_number() over (
            partition by matched_inputs.height, matched_inputs.tx_index, matched_inputs.input_index
            order by
                case when created.txid = spending.spent_txid then 0 else 1 end,
                matched_inputs.created_height desc
        ) as match_number
    from matched_inputs
    inner join {{ ref('stg_inputs') }} as spending
        on
            matched_inputs.height = spending.height
            and matched_inputs.tx_index = spending.tx_index
            and matched_inputs.input_index = spending.input_index
            and {{ in_window('spending.day') }}
    left join {{ ref('stg_transactions') }} as created
        on
            matched_inputs.created_height = created.height
            and matched_inputs.created_tx_index = created.tx_index
            and created.day <= date '{{ window_end() }}'

)

select
    day,
    height,
    tx_index,
    input_index,
    created_day,
    created_height,
    created_tx_index,
    output_index,
    account_id,
    value
from named_matches
where match_number = 1
order by height, tx_index, input_index
{%- endif %}
