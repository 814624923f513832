{#-
    Staged rows on Spark: tables of Parquet in the schema, because a temporary view would run its query again each time
    it is read. Every model drops what it staged, and what killed runs left.
-#}

{% macro spark__scratch_table(name) -%}
    {#- Named after its model, for others may be built at the same time. -#}
    {{ target.schema }}.scratch_{{ model.name }}__{{ name }}
{%- endmacro %}

{% macro spark__fill_scratch_table(name, query, window_only) -%}
    {%- do run_query("drop table if exists " ~ scratch_table(name)) -%}
    {%- do run_on_raw_days("create table " ~ scratch_table(name) ~ " using parquet as " ~ query, window_only) -%}
{%- endmacro %}

{% macro spark__shared_table(name) -%}
    {#- Named after the call of dbt that made it, so that none finds what an earlier one left. -#}
    {{ target.schema }}.shared_{{ name }}_{{ invocation_id | replace('-', '') }}
{%- endmacro %}

{% macro spark__has_shared_table(name) -%}
    {{- return(scratch_names('shared_' ~ name ~ '_' ~ invocation_id | replace('-', '')) | length > 0) -}}
{%- endmacro %}

{% macro scratch_names(pattern) -%}
    {#- Names of the tables of the schema that match a pattern of `show tables`. -#}
    {{- return(run_query("show tables in " ~ target.schema ~ " like '" ~ pattern ~ "'").columns['tableName'].values()) -}}
{%- endmacro %}

{% macro drop_scratch_tables() -%}
    {#- Drops what this model staged, and what earlier calls of dbt shared. -#}
    {%- for name in scratch_names('scratch_' ~ model.name ~ '__*|shared_*') if not name.endswith(invocation_id | replace('-', '')) -%}
        {%- do run_query("drop table if exists " ~ target.schema ~ "." ~ name) -%}
    {%- endfor -%}
{%- endmacro %}
