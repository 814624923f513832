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

{% macro staged(name, query) -%}
    {#- A relation with the rows of a query, for the model that calls this, which may name it any number of times. -#}
    {%- if stages() -%}
        {%- do run_query("create or replace temp table " ~ name ~ " as " ~ query) -%}
        {{- name -}}
    {%- else -%}
        ({{ query }})
    {%- endif -%}
{%- endmacro %}

{% macro staged_rows(relation) -%}
    {#- How many rows a relation made by `staged` has. -#}
    {{- return(run_query("select count(*) from " ~ relation).columns[0].values()[0]) -}}
{%- endmacro %}

{% macro shared(name, query) -%}
    {#-
        The same for two models that need the same rows of the window: the first that is built makes them, the second
        finds them and drops them (`drop_shared`). Where only one is built, it makes its own.
    -#}
    {%- if stages() -%}
        {%- do run_query("attach if not exists ':memory:' as shared_rows") -%}
        {%- set made = run_query(
            "select 1 from duckdb_tables() where database_name = 'shared_rows' and table_name = '" ~ name ~ "'"
        ).rows -%}
        {%- if not made -%}
            {%- do run_query("create table shared_rows.main." ~ name ~ " as " ~ query) -%}
        {%- endif -%}
        shared_rows.main.{{ name }}
    {%- else -%}
        ({{ query }})
    {%- endif -%}
{%- endmacro %}

{% macro drop_shared(name) -%} drop table if exists shared_rows.main.{{ name }} {%- endmacro %}
