{#-
    How daily models are stored: dbt's own incremental materialization, with the strategy `replace_days`. Hooks,
    contracts, `on_schema_change` and `persist_docs` are dbt's own too.
-#}

{% macro get_incremental_replace_days_sql(arg_dict) -%}
    {{- replace_days(arg_dict['target_relation'], 'select * from ' ~ arg_dict['temp_relation']) -}}
{%- endmacro %}

{% macro duckdb__create_table_as(
    temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none
) -%}
    {#-
        New rows of a daily model are written straight into its table: in place of dbt's temporary table this makes a
        view. dbt-duckdb makes all other tables. With temporary tables, a build of a whole chain takes a tenth longer.
    -#}
    {%- if temporary and config.get('incremental_strategy') == 'replace_days' -%}
        {%- if config.get('contract').enforced -%} {{- get_assert_columns_equivalent(compiled_code) -}} {%- endif -%}
        create or replace temporary view {{ relation.include(database=false, schema=false) }} as (
            {{ compiled_code }}
        )
    {%- else -%}
        {{- dbt.duckdb__create_table_as(
            temporary, relation, compiled_code, language, partitioned_by=partitioned_by, sorted_by=sorted_by
        ) -}}
    {%- endif -%}
{%- endmacro %}
