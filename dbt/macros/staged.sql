{#-
    Rows that a model needs more than once, or that DuckDB cannot count before it has them.

    While a model is built they are put into a table that lasts no longer than the call of dbt, so that DuckDB knows how
    many there are. Of rows unnested from raw Parquet it expects too few and then hashes the larger side of a join: to
    number the accounts of 4.4 million outputs took 11 s of processor time in one query and takes 7 s in two.
-#}

{% macro stages() -%}
    {#- Whether a model is being built: what is only compiled stays one query, and unit tests have rows of their own. -#}
    {{- return(execute and flags.WHICH in ('run', 'build') and model.resource_type == 'model') -}}
{%- endmacro %}

{% macro staged(name, query, window_only=false) -%}
    {#-
        A relation with the rows of a query, for the model that calls this, which may name it any number of times.
        window_only: of raw days, the query wants none but the window's.
    -#}
    {%- if stages() -%}
        {%- do fill_scratch_table(name, query, window_only) -%}
        {{- scratch_table(name) -}}
    {%- else -%}
        ({{ query }})
    {%- endif -%}
{%- endmacro %}

{% macro staged_rows(relation) -%}
    {#- How many rows a relation made by `staged` has. -#}
    {{- return(run_query("select count(*) from " ~ relation).columns[0].values()[0]) -}}
{%- endmacro %}

{% macro shared(name, query, window_only=false) -%}
    {#-
        The same for two models that need the same rows of the window: the first that is built makes them, the second
        finds them and drops them (`drop_shared`). Where only one is built, it makes its own.
    -#}
    {%- if stages() -%}
        {%- if not has_shared_table(name) -%}
            {%- do run_on_raw_days("create table " ~ shared_table(name) ~ " as " ~ query, window_only) -%}
        {%- endif -%}
        {{- shared_table(name) -}}
    {%- else -%}
        ({{ query }})
    {%- endif -%}
{%- endmacro %}

{% macro drop_shared(name) -%} drop table if exists {{ shared_table(name) }} {%- endmacro %}

{% macro scratch_table(name) -%}
    {#- The table that holds rows while a model is built. -#}
    {{- adapter.dispatch('scratch_table')(name) -}}
{%- endmacro %}

{% macro duckdb__scratch_table(name) -%} {{ name }} {%- endmacro %}

{% macro fill_scratch_table(name, query, window_only) -%}
    {#- Makes such a table anew with the rows of a query, which must not read it. -#}
    {{- adapter.dispatch('fill_scratch_table')(name, query, window_only) -}}
{%- endmacro %}

{% macro duckdb__fill_scratch_table(name, query, window_only) -%}
    {%- do run_on_raw_days("create or replace temp table " ~ scratch_table(name) ~ " as " ~ query, window_only) -%}
{%- endmacro %}

{% macro run_on_raw_days(statement, window_only) -%}
    {#- Runs a statement for which no raw day is there but the window's, where this is asked for. -#}
    {{- adapter.dispatch('run_on_raw_days')(statement, window_only) -}}
{%- endmacro %}

{% macro default__run_on_raw_days(statement, window_only) -%} {%- do run_query(statement) -%} {%- endmacro %}

{% macro duckdb__run_on_raw_days(statement, window_only) -%}
    {%- set days = days_pattern(window_start(), window_end()) if window_only else '*' -%}
    {#- DuckDB takes a pattern that no file matches for an error. -#}
    {%- if days == '*' or not lake_has('raw/' ~ chain() ~ '/' ~ days ~ '/manifest.json') -%}
        {%- do run_query(statement) -%}
    {%- else -%}
        {%- do run_query("set variable raw_days = '" ~ days ~ "'; " ~ statement ~ "; reset variable raw_days") -%}
    {%- endif -%}
{%- endmacro %}

{% macro shared_table(name) -%}
    {#- The table that holds rows for two models of one call of dbt. -#}
    {{- adapter.dispatch('shared_table')(name) -}}
{%- endmacro %}

{% macro duckdb__shared_table(name) -%} shared_rows.main.{{ name }} {%- endmacro %}

{% macro has_shared_table(name) -%}
    {#- Whether such a table is there. -#}
    {{- return(adapter.dispatch('has_shared_table')(name)) -}}
{%- endmacro %}

{% macro duckdb__has_shared_table(name) -%}
    {%- do run_query("attach if not exists ':memory:' as shared_rows") -%}
    {{- return(run_query(
        "select 1 from duckdb_tables() where database_name = 'shared_rows' and table_name = '" ~ name ~ "'"
    ).rows | length > 0) -}}
{%- endmacro %}
