{% macro spendable_outputs(keyframes, keyframe_day, end_day) -%}
    {#-
        Common table expressions that end in `candidate_outputs`: every output that a transaction after keyframe_day
        and up to end_day may spend, from the keyframe and the outputs created since.

        BIP30: a coinbase may repeat the txid of an earlier one (mainnet 91842 and 91880). From the height of the
        second on (`overwritten_at`) the first one's outputs cannot be spent any more.
    -#}
    spendable_outputs as (

        select
            day as created_day,
            height,
            tx_index,
            output_index,
            txid,
            is_coinbase,
            account,
            value
        from {{ ref('outputs') }}
        where
            day > date '{{ keyframe_day }}'
            and day <= date '{{ end_day }}'
            and account <> 'UNSPENDABLE'

        {%- if keyframe_day > '0001-01-01' %}

        union all

        select
            created_day,
            height,
            tx_index,
            output_index,
            txid,
            is_coinbase,
            account,
            value
        from {{ keyframes }}
        where day = date '{{ keyframe_day }}'
        {%- endif %}

    ),

    repeated_coinbases as (

        select
            txid,
            output_index,
            height,
            lead(height) over (
                partition by txid, output_index
                order by height
            ) as overwritten_at
        from spendable_outputs
        where is_coinbase

    ),

    overwritten_coinbases as (

        select
            txid,
            output_index,
            height,
            overwritten_at
        from repeated_coinbases
        where overwritten_at is not null

    ),

    candidate_outputs as (

        select
            spendable_outputs.*,
            overwritten_coinbases.overwritten_at
        from spendable_outputs
        left join overwritten_coinbases
            on
                spendable_outputs.txid = overwritten_coinbases.txid
                and spendable_outputs.output_index = overwritten_coinbases.output_index
                and spendable_outputs.height = overwritten_coinbases.height

    )
{%- endmacro %}

{% macro spends(input, output) -%}
    {#-
        The condition under which an input spends an output: same outpoint, the newest one that stands at its height.

        Comparisons only: with `overwritten_at is null or ...` DuckDB joins without a hash table, and a chain of a
        million entries did not get past its first keyframes in eight minutes; so they take seconds.
    -#}
    {{ input }}.spent_txid = {{ output }}.txid
    and {{ input }}.spent_output_index = {{ output }}.output_index
    and {{ input }}.height >= {{ output }}.height
    and {{ input }}.height < coalesce({{ output }}.overwritten_at, {{ beyond_all_heights() }})
{%- endmacro %}

{% macro beyond_all_heights() -%} 2147483647 {%- endmacro %}
