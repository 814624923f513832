{% macro spendable_outputs(keyframes, keyframe_day, end_day) -%}
    {#-
        Every output that a transaction after keyframe_day and up to end_day may spend: those of the keyframe, and those
        created since. Some may have been spent since, or overwritten (BIP30).
    -#}
    (
        select
            day as created_day,
            height,
            tx_index,
            output_index,
            txid_key,
            account_id,
            value
        from {{ ref('outputs') }}
        where
            day > date '{{ keyframe_day }}'
            and day <= date '{{ end_day }}'
            and {{ is_user('account_id') }}

        {%- if keyframe_day > '0001-01-01' %}

        union all

        select
            created_day,
            height,
            tx_index,
            output_index,
            txid_key,
            account_id,
            value
        from {{ keyframes }}
        where day = date '{{ keyframe_day }}'
        {%- endif %}
    )
{%- endmacro %}
