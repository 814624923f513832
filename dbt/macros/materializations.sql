{#-
    How DuckDB keeps models. dbt-duckdb's own materializations make tables aside, ask for columns, indexes, constraints
    and grants, and rename: up to ten statements where one or two do, 20 to 60 ms a model, of which each day has 60.
    Of hooks, those that daily models run afterwards are known: no model has others.
-#}

{% materialization incremental, adapter='duckdb' -%}
    {#-
        Days of the window are replaced in one transaction. A column that only the model has is an error here; builds
        refuse a table that has others than its model beforehand (`refuse_other_layout`).
    -#}
    {%- set existing = load_cached_relation(this) -%}
    {%- set table = this.incorporate(type='table') -%}
    {%- if existing is none or not existing.is_table or should_full_refresh() -%}
        {%- do put_in_place('table', compiled_code, auto_begin=true) -%}
    {%- else -%}
        {%- call statement('main') -%}
            {{ replace_days(table, compiled_code) }}
        {%- endcall -%}
    {%- endif -%}
    {{- run_hooks(post_hooks, inside_transaction=True) -}}
    {%- do adapter.commit() -%}
    {{- run_hooks(post_hooks, inside_transaction=False) -}}
    {{- return({'relations': [table]}) -}}
{%- endmaterialization %}

{% materialization table, adapter='duckdb' -%}
    {%- do put_in_place('table', compiled_code) -%}
    {{- return({'relations': [this.incorporate(type='table')]}) -}}
{%- endmaterialization %}

{% materialization view, adapter='duckdb' -%}
    {%- do put_in_place('view', compiled_code) -%}
    {{- return({'relations': [this.incorporate(type='view')]}) -}}
{%- endmaterialization %}

{% macro put_in_place(kind, query, auto_begin=false) -%}
    {#- Makes the model's table or view, in place of what is there by its name: one statement is its own transaction. -#}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing is not none and existing.type != kind -%}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
    {%- call statement('main', auto_begin=auto_begin) -%}
        create or replace {{ kind }} {{ this }} as (
            {{ query }}
        )
    {%- endcall -%}
{%- endmacro %}
