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

{% materialization view, adapter='duckdb' -%}
    {#- A view in one statement; dbt's own way makes a new one aside, renames both and drops the old one. -#}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing is not none and not existing.is_view -%}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
    {%- set view = this.incorporate(type='view') -%}
    {%- call statement('main') -%}
        create or replace view {{ view }} as (
            {{ sql }}
        )
    {%- endcall -%}
    {%- do adapter.commit() -%}
    {{- return({'relations': [view]}) -}}
{%- endmaterialization %}
