{#-
    Inputs are matched by the first 8 bytes of the transaction id and the output's position. On a valid chain the right
    output is always among the matches, so a wrong match means that there are several. This happens if ids have the same
    first 8 bytes, which anyone can bring about, or if a coinbase repeats the id of an earlier one (BIP30). Both are
    rare; the full transaction ids decide, then the later block.
-#}

{%- set keyframes = source('earlier', 'unspent_output_keyframes') -%}
{%- set keyframe_day = keyframe_before_window(keyframes) -%}

with window_inputs as (

    select
        day,
        height,
        tx_index,
        input_index,
        spent_txid_key as txid_key,
        spent_output_index as output_index
    from {{ ref('stg_inputs') }}

),

candidates as (

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
    from window_inputs
    left join {{ spendable_outputs(keyframes, keyframe_day, window_end()) }} as spendable_outputs
        on
            window_inputs.txid_key = spendable_outputs.txid_key
            and window_inputs.output_index = spendable_outputs.output_index
            and window_inputs.height >= spendable_outputs.height

),

ambiguous_inputs as (

    select
        height,
        tx_index,
        input_index
    from candidates
    -- counted first: if each input has one candidate, as nearly always, nothing is grouped
    where (select count(*) from candidates as all_candidates) > (select count(*) from window_inputs)
    group by height, tx_index, input_index
    having count(*) > 1

),

ambiguous_candidates as (

    select
        candidates.*,
        spending.spent_txid
    from candidates
    inner join ambiguous_inputs
        on
            candidates.height = ambiguous_inputs.height
            and candidates.tx_index = ambiguous_inputs.tx_index
            and candidates.input_index = ambiguous_inputs.input_index
    inner join {{ ref('stg_inputs') }} as spending
        on
            candidates.height = spending.height
            and candidates.tx_index = spending.tx_index
            and candidates.input_index = spending.input_index

),

ambiguous_places as (

    {{ few_rows('ambiguous_candidates', {'height': 'created_height', 'tx_index': 'created_tx_index'}) }}

),

created_transactions as (

    select
        known_transactions.height,
        known_transactions.tx_index,
        known_transactions.txid
    from {{ known_transactions() }} as known_transactions
    inner join ambiguous_places
        on
            known_transactions.height = ambiguous_places.height
            and known_transactions.tx_index = ambiguous_places.tx_index

),

ranked_candidates as (

    select
        ambiguous_candidates.*,
        row_number() over (
            partition by ambiguous_candidates.height, ambiguous_candidates.tx_index, ambiguous_candidates.input_index
            order by
                case when created.txid = ambiguous_candidates.spent_txid then 0 else 1 end,
                ambiguous_candidates.created_height desc
        ) as candidate_number
    from ambiguous_candidates
    left join created_transactions as created
        on
            ambiguous_candidates.created_height = created.height
            and ambiguous_candidates.created_tx_index = created.tx_index

),

settled_inputs as (

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
    from ranked_candidates
    where candidate_number = 1

)

select candidates.*
from candidates
left join ambiguous_inputs
    on
        candidates.height = ambiguous_inputs.height
        and candidates.tx_index = ambiguous_inputs.tx_index
        and candidates.input_index = ambiguous_inputs.input_index
where ambiguous_inputs.height is null

union all

select *
from settled_inputs
order by height, tx_index, input_index
