{#-
    BIP30: a coinbase may repeat the id of an earlier one (mainnet 91842 and 91880). From then on the outputs of the
    first one cannot be spent. Full ids are compared only where the first 8 bytes are equal, which is rare.
-#}

{%- set keyframes = source('earlier', 'unspent_output_keyframes') -%}
{%- set keyframe_day = keyframe_before_window(keyframes) -%}

with coinbase_outputs as (

    select *
    from {{ spendable_outputs(keyframes, keyframe_day, window_end()) }} as spendable_outputs
    where tx_index = 0

),

coinbases as (

    select
        txid_key,
        height,
        created_day as day
    from coinbase_outputs
    group by txid_key, height, created_day

),

alike_coinbases as (

    select
        repeating.day,
        repeating.height,
        repeated.height as created_height
    from coinbases as repeating
    inner join coinbases as repeated
        on
            repeating.txid_key = repeated.txid_key
            and repeating.height > repeated.height

),

repeated_coinbases as (

    select alike_coinbases.*
    from alike_coinbases
    inner join {{ known_transactions() }} as repeating
        on
            alike_coinbases.height = repeating.height
            and repeating.tx_index = 0
    inner join {{ known_transactions() }} as repeated
        on
            alike_coinbases.created_height = repeated.height
            and repeated.tx_index = 0
            and repeating.txid = repeated.txid

),

first_repetitions as (

    select
        created_height,
        min(day) as day,
        min(height) as height
    from repeated_coinbases
    group by created_height

)

select
    first_repetitions.day,
    first_repetitions.height,
    coinbase_outputs.created_day,
    coinbase_outputs.height as created_height,
    coinbase_outputs.output_index,
    coinbase_outputs.account_id,
    coinbase_outputs.value
from first_repetitions
inner join coinbase_outputs
    on first_repetitions.created_height = coinbase_outputs.height
left join {{ ref('inputs') }} as inputs
    on
        coinbase_outputs.height = inputs.created_height
        and coinbase_outputs.tx_index = inputs.created_tx_index
        and coinbase_outputs.output_index = inputs.output_index
        and inputs.day > date '{{ keyframe_day }}'
        and inputs.day <= date '{{ window_end() }}'
where
    inputs.height is null
    and {{ in_window('first_repetitions.day') }}
