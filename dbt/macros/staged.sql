{% macro staged(name, query) -%}
    {#-
        A relation with the rows of a query, for use in the FROM of the model that calls this, any number of times.

        While a model is built, these are the rows of a temporary table, so that DuckDB knows how many there are. Of
        rows unnested from raw Parquet it expects too few and then hashes the larger side of a join: the outputs of 4.4
        million rows took 11 s of processor time in one query and take 7 s in two.
    -#}
    {%- if stages() -%}
        {%- do run_query("create or replace temp table " ~ name ~ " as " ~ query) -%}
        {{- name -}}
    {%- else -%}
        ({{ query }})
    {%- endif -%}
{%- endmacro %}

{% macro stages() -%}
    {#- Whether a model is being built: what is only compiled stays one query, and unit tests have rows of their own. -#}
    {{- return(execute and flags.WHICH in ('run', 'build') and model.resource_type == 'model') -}}
{%- endmacro %}

{% macro staged_rows(relation) -%}
    {#- How many rows a relation made by `staged` has. -#}
    {{- return(run_query("select count(*) from " ~ relation).columns[0].values()[0]) -}}
{%- endmacro %}
