{#-
    The hour after the last day held, which the lake keeps beside its days (docs/lake.md).
-#}

{% macro next_hour_files(name) -%}
    {#- Pattern, relative to the lake's root, for a file of the hour after the last day held; it matches one or none. -#}
    {%- do source('lake', 'next_hour') -%}
    next_hour/raw/{{ chain() }}/*/{{ name }}
{%- endmacro %}

{% macro day_of_next_hour() -%}
    {#- The day, in ISO form, that begins with the hour that the lake holds beside its days; none where it has none. -#}
    {%- set manifests = next_hour_files('manifest.json') -%}
    {%- if not execute -%}
        {{- return('1970-01-01') -}}
    {%- endif -%}
    {%- set days = run_query(
        "select max(" ~ day_of_file('file', 'manifest.json') ~ ") from " ~ lake_files(manifests)
    ).columns[0].values() -%}
    {{- return(days[0] | string if days[0] else none) -}}
{%- endmacro %}
