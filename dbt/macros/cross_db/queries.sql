{#-
    What DuckDB and Spark SQL write differently: how a query is run.
    One dispatched macro a construct; docs/portability.md lists them.
-#}

{% macro materialized() -%}
    {#- Before a CTE's query: its rows are computed whole before others read them. Spark has no such word. -#}
    {{- adapter.dispatch('materialized')() -}}
{%- endmacro %}

{% macro duckdb__materialized() -%} materialized {%- endmacro %}

{% macro spark__materialized() -%}
{%- endmacro %}
