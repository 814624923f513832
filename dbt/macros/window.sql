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
            "select " ~ aggregate ~ "(split_part(file, '/', -2)) from " ~ lake_files(raw_files('manifest.json'))
        ).columns[0].values()[0] -}}
    {%- endif -%}
{%- endmacro %}

{% macro window_start() -%} {{- window_bound('start_day', 'min') -}} {%- endmacro %}

{% macro window_end() -%} {{- window_bound('end_day', 'max') -}} {%- endmacro %}

{% macro in_window(column='day') -%}
    {#- The one predicate that keeps the days of the window. -#}
    {{ column }} between date '{{ window_start() }}' and date '{{ window_end() }}'
{%- endmacro %}

{% macro day_column() -%}
    {#- The column that tells the day of a daily model's rows. -#}
    {{- config.get('meta', {}).get('day_column', 'day') -}}
{%- endmacro %}

{% macro get_incremental_replace_days_sql(arg_dict) -%}
    {#-
        Incremental strategy of every daily model: drop the window's days, insert what the model gave for them.
        Whole days are replaced, so a day that lost all its rows becomes empty, which a strategy by key would miss.
    -#}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {{- replace_days(arg_dict['target_relation'], arg_dict['temp_relation'], columns) -}}
{%- endmacro %}

{% macro replace_days(table, rows, columns) -%}
    {#- Puts rows in the place of those that a daily table has for the window; engines store days differently. -#}
    {{- adapter.dispatch('replace_days')(table, rows, columns) -}}
{%- endmacro %}

{% macro duckdb__replace_days(table, rows, columns) -%}
    delete from {{ table }} where {{ in_window(day_column()) }};
    insert into {{ table }} ({{ columns }}) select {{ columns }} from {{ rows }}
{%- endmacro %}

{% macro drop_days_before(table, day) -%}
    {#- Drops the rows of a daily table before a day, an ISO date: a statement, or done at once and nothing to run. -#}
    {{- adapter.dispatch('drop_days_before')(table, day) -}}
{%- endmacro %}

{% macro duckdb__drop_days_before(table, day) -%} delete from {{ table }} where day < date '{{ day }}'; {%- endmacro %}
