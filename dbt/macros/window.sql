{#-
    The window: the days [start, end] that a run rewrites. Everything that depends on it goes through this file,
    so that the way days are stored can be changed in one place.
-#}

{% macro window_bound(name, aggregate) -%}
    {#-
        A bound of the window as an ISO date: the var, else the environment variable of that name, else the first or
        last day that the lake holds. Builds give the environment variable: dbt parses the whole project anew when a
        var changes (3 of 9 seconds for a day), but not for what is only asked for while it executes.
    -#}
    {%- set given = var(name) or (env_var('SATLEDGER_' ~ name | upper, '') if execute else '1970-01-01') -%}
    {%- if given -%}
        {{- given -}}
    {%- else -%}
        {{- run_query(
            "select " ~ aggregate ~ "(" ~ day_of_file('file', 'manifest.json') ~ ") from "
            ~ lake_files(raw_files('manifest.json'))
        ).columns[0].values()[0] -}}
    {%- endif -%}
{%- endmacro %}

{% macro window_start() -%} {{- window_bound('start_day', 'min') -}} {%- endmacro %}

{% macro window_end() -%} {{- window_bound('end_day', 'max') -}} {%- endmacro %}

{% macro days_pattern(first, last) -%}
    {#- A glob pattern that all ISO dates from a first to a last match, and few others: their common beginning. -#}
    {%- set common = namespace(length=0) -%}
    {%- for length in range(1, 11) if first[:length] == last[:length] -%}
        {%- set common.length = length -%}
    {%- endfor -%}
    {{- return(first if first == last else first[:common.length] ~ '*') -}}
{%- endmacro %}

{% macro in_window(column='day', days_before=0) -%}
    {#- The one predicate that keeps the days of the window, or those that lie so many days before them. -#}
    {%- set earlier = " - " ~ days_before if days_before else "" -%}
    {{ column }} between date '{{ window_start() }}'{{ earlier }} and date '{{ window_end() }}'{{ earlier }}
{%- endmacro %}

{% macro in_months_of_window(file='file') -%}
    {#- The same of files named by month, roughly: those of other months are not opened. -#}
    left(split_part({{ file }}, '/', -1), 7) between '{{ window_start()[:7] }}' and '{{ window_end()[:7] }}'
{%- endmacro %}

{% macro is_built(relation) -%}
    {#- Whether a relation exists: that of a model which an earlier run built, or was to build and did not. -#}
    {{- return(execute and adapter.get_relation(relation.database, relation.schema, relation.identifier) is not none) -}}
{%- endmacro %}

{% macro day_column() -%}
    {#- The column that tells the day of a daily model's rows. -#}
    {{- config.get('meta', {}).get('day_column', 'day') -}}
{%- endmacro %}

{% macro days_before() -%}
    {#- How many days before the window a daily model's rows change with it: `meta.days_before`, 0 where it is not said. -#}
    {{- return(config.get('meta', {}).get('days_before', 0)) -}}
{%- endmacro %}

{% macro from_days_before(column='day', count=1) -%}
    {#- The predicate that keeps the days of the window and some before them. -#}
    {{ column }} between date '{{ window_start() }}' - {{ count }} and date '{{ window_end() }}'
{%- endmacro %}

{% macro replace_days(table, query, columns=none) -%}
    {#-
        Puts the rows of a query in the place of those that a daily table has for the window, and for `days_before` it. Whole days are replaced,
        so a day that lost all its rows becomes empty, which a strategy by key would miss.
        columns: the table's, in their order, for an engine that does not insert by name.
    -#}
    {{- adapter.dispatch('replace_days')(table, query, columns) -}}
{%- endmacro %}

{% macro duckdb__replace_days(table, query, columns) -%}
    delete from {{ table }} where {{ from_days_before(day_column(), days_before()) }};
    insert into {{ table }} by name (
        {{ query }}
    )
{%- endmacro %}

{% macro drop_days_before(table, day) -%}
    {#- Drops the rows of a daily table before a day, an ISO date: a statement, or done at once and nothing to run. -#}
    {{- adapter.dispatch('drop_days_before')(table, day) -}}
{%- endmacro %}

{% macro duckdb__drop_days_before(table, day) -%} delete from {{ table }} where day < date '{{ day }}'; {%- endmacro %}
