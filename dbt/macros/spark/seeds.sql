{% macro spark__load_csv_rows(model, agate_table) -%}
    {#-
        dbt-spark does not escape values: an apostrophe would end the string, and a missing value would become the text
        None. All rows go into one file, so that they are read in the order of the seed.
    -#}
    {%- set types = model['config'].get('column_types', {}) -%}
    {%- set statement -%}
        insert into {{ this }}
        select /*+ coalesce(1) */ * from values
        {%- for row in agate_table.rows %}
            (
            {%- for column in agate_table.column_names -%}
                {%- set value = row[column] -%}
                {%- set type = types.get(column, adapter.convert_type(agate_table, loop.index0)) -%}
                cast({{ 'null' if value is none else spark_text(value | string) }} as {{ type }})
                {{- ", " if not loop.last }}
            {%- endfor -%}
            ){{ "," if not loop.last }}
        {%- endfor -%}
    {%- endset -%}
    {%- do adapter.add_query(statement, abridge_sql_log=true) -%}
    {{- return(statement) -}}
{%- endmacro %}

{% macro spark_text(text) -%}
    {#- A string literal of Spark SQL, in which a backslash begins an escape. -#}
    '{{ text | replace("\\", "\\\\") | replace("'", "\\'") }}'
{%- endmacro %}
