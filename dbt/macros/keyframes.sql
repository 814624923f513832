{#-
    Keyframes: complete states as of the end of the last day of a period. A run opens from the last one before its
    window plus the days in between, never from all of history.
-#}

{% macro keyframe_days() -%}
    {#- The days of the window that are the last of their period, as a list of ISO dates. -#}
    {%- set day = modules.datetime.date.fromisoformat(window_start()) -%}
    {%- set end = modules.datetime.date.fromisoformat(window_end()) -%}
    {%- set months = {'month': 1, 'quarter': 3, 'year': 12}[var('keyframe_period')] -%}
    {%- set days = [] -%}
    {%- for offset in range(0, (end.year - day.year) * 12 + end.month - day.month + 1) -%}
        {%- set month = day.month - 1 + offset + 1 -%}
        {%- if month % months == 0 -%}
            {%- set next_month = modules.datetime.date(day.year + month // 12, month % 12 + 1, 1) -%}
            {%- set last = next_month - modules.datetime.timedelta(days=1) -%}
            {%- if last <= end -%} {%- do days.append(last.isoformat()) -%} {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(days) -}}
{%- endmacro %}

{% macro keyframe_before_window(relation) -%}
    {#- The last keyframe in relation before the window; the day before all days where there is none yet. -#}
    {%- set never = '0001-01-01' -%}
    {%- if not execute or not adapter.get_relation(relation.database, relation.schema, relation.identifier) -%}
        {{- never -}}
    {%- else -%}
        {{- run_query(
            "select coalesce(max(day), date '" ~ never ~ "') from " ~ relation
            ~ " where day < date '" ~ window_start() ~ "'"
        ).columns[0].values()[0] -}}
    {%- endif -%}
{%- endmacro %}

{% macro keyframe_days_cte(keyframes) -%}
    {#- A common table expression `keyframe_days` with the days of a list, which may be empty. -#}
    keyframe_days as (

        select day
        from (
            values
            {%- for day in keyframes %}
            (date '{{ day }}'){{ "," if not loop.last }}
            {%- else %}
            (cast(null as date))
            {%- endfor %}
        ) as days (day)
        where day is not null

    )
{%- endmacro %}

{% macro period_end(day) -%}
    {#- The last day of the keyframe period that a day lies in. -#}
    last_day(
        date_trunc('{{ var("keyframe_period") }}', {{ day }})
        + interval {{ {'month': 0, 'quarter': 2, 'year': 11}[var('keyframe_period')] }} month
    )
{%- endmacro %}
