{#-
    What DuckDB and Spark SQL write differently: lists, and aggregates whose result depends on an order.
    One dispatched macro a construct; docs/portability.md lists them.
-#}

{% macro each_number(first, last) -%}
    {#- In a select list: a row for every integer from the first to the last. -#}
    {{- adapter.dispatch('each_number')(first, last) -}}
{%- endmacro %}

{% macro duckdb__each_number(first, last) -%} unnest(generate_series({{ first }}, {{ last }})) {%- endmacro %}

{% macro spark__each_number(first, last) -%}
    {#- A sequence, not an array literal: Spark 4.0 cannot parse `>>` after the word array. -#}
    explode(sequence({{ first }}, {{ last }}))
{%- endmacro %}

{% macro ordered_mean(values) -%}
    {#- Mean of a list of doubles, added in the list's order, so that it does not depend on the query plan. -#}
    {{- adapter.dispatch('ordered_mean')(values) -}}
{%- endmacro %}

{% macro duckdb__ordered_mean(values) -%}
    list_sum({{ values }}) / len({{ values }})
{%- endmacro %}

{% macro spark__ordered_mean(values) -%}
    aggregate({{ values }}, 0D, (total, value) -> total + value) / size({{ values }})
{%- endmacro %}

{% macro ordered_squares(values, mean) -%}
    {#- Sum of the squared deviations of a list of doubles from a mean, added in the list's order. -#}
    {{- adapter.dispatch('ordered_squares')(values, mean) -}}
{%- endmacro %}

{% macro duckdb__ordered_squares(values, mean) -%}
    list_sum(list_transform({{ values }}, lambda value: (value - {{ mean }}) * (value - {{ mean }})))
{%- endmacro %}

{% macro spark__ordered_squares(values, mean) -%}
    aggregate({{ values }}, 0D, (total, value) -> total + (value - {{ mean }}) * (value - {{ mean }}))
{%- endmacro %}

{% macro ordered_sum(value, order) -%}
    {#- The aggregate that adds doubles in a given order: their sum depends on the order. -#}
    {{- adapter.dispatch('ordered_sum')(value, order) -}}
{%- endmacro %}

{% macro duckdb__ordered_sum(value, order) -%} sum({{ value }} order by {{ order }}) {%- endmacro %}

{% macro spark__ordered_sum(value, order) -%}
    {#- Spark's sum takes no order; a list of pairs is sorted by the first of each. -#}
    aggregate(
        array_sort(collect_list(struct({{ order }} as position, {{ value }} as summand))),
        0D,
        (total, pair) -> total + pair.summand
    )
{%- endmacro %}

{% macro ordered_list(value, order) -%}
    {#- The aggregate that collects doubles into a list, in an order. -#}
    {{- adapter.dispatch('ordered_list')(value, order) -}}
{%- endmacro %}

{% macro duckdb__ordered_list(value, order) -%} list({{ value }} order by {{ order }}) {%- endmacro %}

{% macro spark__ordered_list(value, order) -%}
    {#- As with ordered_sum: a list of pairs is sorted by the first of each. -#}
    transform(
        array_sort(collect_list(struct({{ order }} as position, {{ value }} as element))),
        pair -> pair.element
    )
{%- endmacro %}

{% macro list_of(value) -%}
    {#- The aggregate or window function that collects values into a list. -#}
    {{- adapter.dispatch('list_of')(value) -}}
{%- endmacro %}

{% macro duckdb__list_of(value) -%} list({{ value }}) {%- endmacro %}

{% macro spark__list_of(value) -%} collect_list({{ value }}) {%- endmacro %}

{% macro joined_texts(text) -%}
    {#- The aggregate that joins distinct texts into one, sorted. -#}
    {{- adapter.dispatch('joined_texts')(text) -}}
{%- endmacro %}

{% macro duckdb__joined_texts(text) -%} string_agg(distinct {{ text }}, '; ' order by {{ text }}) {%- endmacro %}

{% macro spark__joined_texts(text) -%} array_join(array_sort(collect_set({{ text }})), '; ') {%- endmacro %}

{% macro list_length(values) -%}
    {#- How many values a list has. -#}
    {{- adapter.dispatch('list_length')(values) -}}
{%- endmacro %}

{% macro duckdb__list_length(values) -%} len({{ values }}) {%- endmacro %}

{% macro spark__list_length(values) -%} size({{ values }}) {%- endmacro %}

{% macro each_of(values) -%}
    {#- In a select list: a row for every value of a list. -#}
    {{- adapter.dispatch('each_of')(values) -}}
{%- endmacro %}

{% macro duckdb__each_of(values) -%} unnest({{ values }}) {%- endmacro %}

{% macro spark__each_of(values) -%} explode({{ values }}) {%- endmacro %}

{% macro list_literal(values) -%}
    {#- A list of given values. -#}
    {{- adapter.dispatch('list_literal')(values) -}}
{%- endmacro %}

{% macro duckdb__list_literal(values) -%} [{{ values | join(", ") }}] {%- endmacro %}

{% macro spark__list_literal(values) -%} array({{ values | join(", ") }}) {%- endmacro %}

{% macro named_values(values) -%}
    {#- A struct of named values, from a mapping of names to expressions. -#}
    {{- adapter.dispatch('named_values')(values) -}}
{%- endmacro %}

{% macro duckdb__named_values(values) -%}
    {%- set fields = [] -%}
    {%- for name, value in values.items() -%} {%- do fields.append(name ~ " := " ~ value) -%} {%- endfor -%}
    struct_pack({{ fields | join(", ") }})
{%- endmacro %}

{% macro spark__named_values(values) -%}
    {%- set fields = [] -%}
    {%- for name, value in values.items() -%} {%- do fields.append("'" ~ name ~ "', " ~ value) -%} {%- endfor -%}
    named_struct({{ fields | join(", ") }})
{%- endmacro %}
