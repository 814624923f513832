{#-
    Keyframes: snapshots of the complete state at the end of the last day of a period. A run starts from the last
    keyframe before its window and adds the days in between; it does not read all of history.
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
    {#- The day of the relation's last keyframe before the window; 0001-01-01 if there is none. -#}
    {%- set never = '0001-01-01' -%}
    {%- if not is_built(relation) -%}
        {{- never -}}
    {%- else -%}
        {{- run_query(
            "select coalesce(max(day), date '" ~ never ~ "') from " ~ relation
            ~ " where day < date '" ~ window_start() ~ "'"
        ).columns[0].values()[0] -}}
    {%- endif -%}
{%- endmacro %}

{% macro kept_keyframes(relation) -%}
    {#-
        The keyframes from which the states of the window's days can be computed, as a list of ISO dates: the last one
        before the window and those in it that the relation still has. A build may have dropped some.
    -#}
    {%- set kept = [] -%}
    {%- if is_built(relation) -%}
        {%- for day in [keyframe_before_window(relation)] + keyframe_days() -%}
            {%- if run_query("select 1 from " ~ relation ~ " where day = date '" ~ day ~ "' limit 1") | length > 0 -%}
                {%- do kept.append(day | string) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(kept) -}}
{%- endmacro %}

{% macro latest_of(keyframes, day, compared) -%}
    {#-
        For a day, the latest keyframe on or before it (compared: '>='), or before it ('>'); 0001-01-01 if there is
        none. keyframes: ISO dates in ascending order.
    -#}
    {%- set never = "date '0001-01-01'" -%}
    {%- if keyframes -%}
        case
            {%- for keyframe in keyframes | reverse %}
            when {{ day }} {{ compared }} date '{{ keyframe }}' then date '{{ keyframe }}'
            {%- endfor %}
            else {{ never }}
        end
    {%- else -%}
        {{- never -}}
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
    {{- last_day_of_period(var('keyframe_period'), day) -}}
{%- endmacro %}

{% macro drop_old_keyframes(results) -%}
    {#-
        Run at the end of a dbt command that built days: statements that drop all but the last SATLEDGER_KEYFRAMES
        keyframes; nothing if that is not set. No result depends on which keyframes exist: without one, a run starts
        from an older one, or from the first day. A build that fails drops nothing.

        A rebuild in parts continues at the first gap in the built days. The last keyframes before that gap are kept for
        the next part; those after it are kept until they are written again.
    -#}
    {%- set built_days, tables = ref('built_days'), [ref('unspent_output_keyframes'), ref('account_keyframes')] -%}
    {%- set kept = env_var('SATLEDGER_KEYFRAMES', '') if execute else '' -%}
    {%- set built = results
        | selectattr('node.name', 'equalto', 'built_days') | selectattr('status', 'equalto', 'success') | list -%}
    {%- if kept and kept | int < 1 -%}
        {{- exceptions.raise_compiler_error("SATLEDGER_KEYFRAMES is '" ~ kept ~ "', not a number from 1 on.") -}}
    {%- endif -%}
    {%- if kept and built -%}
        {%- set first_kept = run_query(
            "with settled as (select min(day) as last_day from " ~ built_days ~ " as built where not exists "
            ~ "(select 1 from " ~ built_days ~ " as next_day where next_day.day = built.day + 1)), "
            ~ "keyframes as (select day from " ~ tables[0] ~ " union select day from " ~ tables[1] ~ ") "
            ~ "select min(day) from (select day from keyframes where day <= (select last_day from settled) "
            ~ "order by day desc limit " ~ kept | int ~ ") as last_keyframes"
        ).columns[0].values()[0] -%}
        {%- for table in tables if first_kept %}
        {{ drop_days_before(table, first_kept) }}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
