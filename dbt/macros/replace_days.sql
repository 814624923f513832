{% macro duckdb__create_table_as(
    temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none
) -%}
    {#-
        dbt first writes what an incremental model gives into a temporary table, and then copies it into the model's
        own. A view in its place writes it once.
    -#}
    {%- if temporary and config.get('incremental_strategy') == 'replace_days' -%}
    create or replace temporary view {{ relation.identifier }} as (
        {{ compiled_code }}
    )
    {%- else -%}
    {{- dbt.duckdb__create_table_as(
        temporary, relation, compiled_code, language, partitioned_by, sorted_by
    ) -}}
    {%- endif -%}
{%- endmacro %}
