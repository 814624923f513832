{% macro min_labels() -%}
    {#- An exchange needs this many labelled addresses to have values: SATLEDGER_MIN_LABELS, by default 1. -#}
    {%- set given = env_var('SATLEDGER_MIN_LABELS', '') if execute else '' -%}
    {%- if given and given | int < 1 -%}
        {{- exceptions.raise_compiler_error("SATLEDGER_MIN_LABELS is '" ~ given ~ "', not a number from 1 on.") -}}
    {%- endif -%}
    {{- given or 1 -}}
{%- endmacro %}
