{% macro window_outputs() -%}
    {#- The window's outputs with the names of their accounts, for the two models that give accounts their numbers. -#}
    {%- set query -%}
        select
            day,
            height,
            tx_index,
            output_index,
            {{ hex_key('txid') }} as txid_key,
            script_type,
            account,
            value
        from {{ ref('stg_outputs') }}
        where {{ in_window() }}
    {%- endset -%}
    {{- shared('window_outputs', query) -}}
{%- endmacro %}
