{#-
    The window: the days from start to end, both included, that a run rewrites. All code that depends on it uses these
    macros, so that the way days are stored can be changed in one place.
-#}

{% macro window_bound(name, aggregate) -%}
    {#-
        A bound of the window as an ISO date: the var, else the environment variable of that name, else the first or
        last day in the lake. Builds set the environment variable: dbt parses the whole project again when a var changes
        (3 of the 9 seconds of a day), but not for an environment variable that is read only during execution.
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
    {#- A glob pattern for the ISO dates from the first to the last: their common prefix; it may match others too. -#}
    {%- set common = namespace(length=0) -%}
    {%- for length in range(1, 11) if first[:length] == last[:length] -%}
        {%- set common.length = length -%}
    {%- endfor -%}
    {{- return(first if first == last else first[:common.length] ~ '*') -}}
{%- endmacro %}

{% macro in_window(column='day', days_before=0) -%}
    {#- The predicate for the days of the window; with days_before, for the window shifted back by so many days. -#}
    {%- set earlier = " - " ~ days_before if days_before else "" -%}
    {{ column }} between date '{{ window_start() }}'{{ earlier }} and date '{{ window_end() }}'{{ earlier }}
{%- endmacro %}

{% macro in_months_of_window(file='file') -%}
    {#- The predicate for files named by month that may have days of the window: other files are not opened. -#}
    left(split_part({{ file }}, '/', -1), 7) between '{{ window_start()[:7] }}' and '{{ window_end()[:7] }}'
{%- endmacro %}

{% macro is_built(relation) -%}
    {#- Whether the relation of a model exists in the database: an earlier run may not have built it. -#}
    {{- return(execute and adapter.get_relation(relation.database, relation.schema, relation.identifier) is not none) -}}
{%- endmacro %}

{% macro day_column() -%}
    {#- The column with the day of a daily model's rows. -#}
    {{- config.get('meta', {}).get('day_column', 'day') -}}
{%- endmacro %}

{% macro days_before() -%}
    {#- How many days before the window a daily model rewrites too: its `meta.days_before`, by default 0. -#}
    {{- return(config.get('meta', {}).get('days_before', 0)) -}}
{%- endmacro %}

{% macro from_days_before(column='day', count=1) -%}
    {#- The predicate for the days of the window and `count` days before it. -#}
    {{ column }} between date '{{ window_start() }}' - {{ count }} and date '{{ window_end() }}'
{%- endmacro %}

{% macro replace_days(table, query, columns=none) -%}
    {#-
        Replaces the rows of a daily table for the window, and for its `days_before`, by the rows of a query. Whole days
        are replaced: a day without new rows becomes empty, where a merge by key would keep the old ones.
        columns: the table's columns in order, for an engine that cannot insert by name.
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
    {#- Drops a daily table's rows before an ISO date. Returns a statement; on Spark runs it and returns nothing. -#}
    {{- adapter.dispatch('drop_days_before')(table, day) -}}
{%- endmacro %}

{% macro duckdb__drop_days_before(table, day) -%} delete from {{ table }} where day < date '{{ day }}'; {%- endmacro %}
