{% macro known_transactions() -%}
    {#- The full id of every transaction up to the window's end: those of the window's raw days, and earlier ones. -#}
    {%- set earlier = source('earlier', 'transactions') -%}
    {%- set current = ref('stg_transactions') -%}
    (
        select
            height,
            tx_index,
            txid
        from {{ current }}

        {%- if is_built(earlier) %}

        union all

        select
            height,
            tx_index,
            txid
        from {{ earlier }}
        where day < date '{{ window_start() }}'
        {%- endif %}
    )
{%- endmacro %}
