{#-
    What DuckDB and Spark SQL write differently: times and days.
    One dispatched macro a construct; docs/portability.md lists them.
-#}

{% macro epoch_to_timestamp(seconds) -%}
    {#- UTC timestamp without zone of a Unix time in seconds. -#}
    {{- adapter.dispatch('epoch_to_timestamp')(seconds) -}}
{%- endmacro %}

{% macro duckdb__epoch_to_timestamp(seconds) -%}
    make_timestamp(cast({{ seconds }} as bigint) * 1000000)
{%- endmacro %}

{% macro spark__epoch_to_timestamp(seconds) -%}
    cast(timestamp_seconds({{ seconds }}) as timestamp_ntz)
{%- endmacro %}

{% macro seconds_between(earlier, later) -%}
    {#- Whole seconds from one timestamp to another, negative where the second one is earlier. -#}
    {{- adapter.dispatch('seconds_between')(earlier, later) -}}
{%- endmacro %}

{% macro duckdb__seconds_between(earlier, later) -%}
    date_diff('second', {{ earlier }}, {{ later }})
{%- endmacro %}

{% macro spark__seconds_between(earlier, later) -%}
    timestampdiff(second, {{ earlier }}, {{ later }})
{%- endmacro %}

{% macro days_between(earlier, later) -%}
    {#- Days from one date to another. -#}
    {{- adapter.dispatch('days_between')(earlier, later) -}}
{%- endmacro %}

{% macro duckdb__days_between(earlier, later) -%} cast({{ later }} - {{ earlier }} as integer) {%- endmacro %}

{% macro spark__days_between(earlier, later) -%} datediff({{ later }}, {{ earlier }}) {%- endmacro %}

{% macro each_day(first, last) -%}
    {#- In a select list: a row for every day from the first to the last. -#}
    {{- adapter.dispatch('each_day')(first, last) -}}
{%- endmacro %}

{% macro duckdb__each_day(first, last) -%}
    cast(unnest(generate_series({{ first }}, {{ last }}, interval 1 day)) as date)
{%- endmacro %}

{% macro spark__each_day(first, last) -%} explode(sequence({{ first }}, {{ last }}, interval 1 day)) {%- endmacro %}

{% macro last_day_of_period(period, day) -%}
    {#- The last day of the month, quarter or year that a day lies in. -#}
    {{- adapter.dispatch('last_day_of_period')(period, day) -}}
{%- endmacro %}

{% macro duckdb__last_day_of_period(period, day) -%}
    last_day(date_trunc('{{ period }}', {{ day }}) + interval {{ months_after_first(period) }} month)
{%- endmacro %}

{% macro spark__last_day_of_period(period, day) -%}
    last_day(add_months(trunc({{ day }}, '{{ period }}'), {{ months_after_first(period) }}))
{%- endmacro %}

{% macro months_after_first(period) -%} {{- {'month': 0, 'quarter': 2, 'year': 11}[period] -}} {%- endmacro %}
