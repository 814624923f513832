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

{% macro few_rows(relation, columns) -%}
    {#-
        A query for the distinct rows of a relation that nearly always has none or few, by name and expression. DuckDB
        takes them for as many as the relation's sources have, and then hashes the other side of a join, however large.
        One list that is taken apart counts as one row: without it, a day's inputs on a chain of 25.7 million
        transactions hashed the ids of all of them, which was 3.6 of 4.1 s of processor time.
    -#}
    {{- adapter.dispatch('few_rows')(relation, columns) -}}
{%- endmacro %}

{% macro duckdb__few_rows(relation, columns) -%}
    select unnest(few_rows, recursive := true)
    from (
        select list(distinct {{ named_values(columns) }}) as few_rows
        from {{ relation }}
    )
{%- endmacro %}

{% macro spark__few_rows(relation, columns) -%}
    select distinct
        {%- for name, expression in columns.items() %}
        {{ expression }} as {{ name }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ relation }}
{%- endmacro %}
