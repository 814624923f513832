{#-
    What DuckDB and Spark SQL write differently. One dispatched macro a construct; docs/portability.md lists them.
-#}

{% macro huge_integer() -%}
    {#- Type of exact integers beyond 64 bits: sums of satoshi times satoshi, chainwork. -#}
    {{- adapter.dispatch('huge_integer')() -}}
{%- endmacro %}

{% macro default__huge_integer() -%} decimal(38, 0) {%- endmacro %}

{% macro duckdb__huge_integer() -%} hugeint {%- endmacro %}

{% macro hex_integer(text) -%}
    {#- The number that a string of up to 8 hex digits means. -#}
    {{- adapter.dispatch('hex_integer')(text) -}}
{%- endmacro %}

{% macro duckdb__hex_integer(text) -%} cast('0x' || {{ text }} as bigint) {%- endmacro %}

{% macro spark__hex_integer(text) -%} cast(conv({{ text }}, 16, 10) as bigint) {%- endmacro %}

{% macro power_of_two(exponent) -%}
    {#- 2 to an integer power of at most 126, exact; fails beyond, where a huge integer would overflow. -#}
    {{- adapter.dispatch('power_of_two')(exponent) -}}
{%- endmacro %}

{% macro duckdb__power_of_two(exponent) -%} (cast(1 as hugeint) << ({{ exponent }})) {%- endmacro %}

{% macro spark__power_of_two(exponent) -%}
    {#- Spark shifts no decimals, and its pow() is one of doubles: three powers of 64 bits, multiplied. -#}
    (
        cast(shiftleft(1L, cast(({{ exponent }}) div 3 as int)) as decimal(38, 0))
        * shiftleft(1L, cast((({{ exponent }}) + 1) div 3 as int))
        * shiftleft(1L, cast((({{ exponent }}) + 2) div 3 as int))
    )
{%- endmacro %}

{% macro power_of_ten(exponent) -%}
    {#- 10 to an integer power of at most 22, exact: these powers are doubles. -#}
    cast(pow(cast(10 as double), {{ exponent }}) as {{ huge_integer() }})
{%- endmacro %}

{% macro quotient(dividend, divisor) -%}
    {#- The whole part of a quotient of positive integers, itself of at most 63 bits. -#}
    {{- adapter.dispatch('quotient')(dividend, divisor) -}}
{%- endmacro %}

{% macro duckdb__quotient(dividend, divisor) -%} ({{ dividend }} // {{ divisor }}) {%- endmacro %}

{% macro spark__quotient(dividend, divisor) -%} ({{ dividend }} div {{ divisor }}) {%- endmacro %}

{% macro huge_quotient(dividend, divisor) -%}
    {#- The whole part of a huge integer, below 2^126, divided by a positive one of up to 24 bits. -#}
    {{- adapter.dispatch('huge_quotient')(dividend, divisor) -}}
{%- endmacro %}

{% macro duckdb__huge_quotient(dividend, divisor) -%} ({{ dividend }} // {{ divisor }}) {%- endmacro %}

{% macro spark__huge_quotient(dividend, divisor) -%}
    {#-
        Spark's div gives 64 bits, and its division of decimals keeps so many digits of the fraction that the whole part
        has too few. So in two steps, as by hand: the part above 10^19, then its remainder with the part below. The
        second quotient has 9 digits of fraction, which tell it from the next whole number: its divisor has fewer.
    -#}
    {%- set above -%} ({{ dividend }} div cast(10000000000000000000 as decimal(20, 0))) {%- endset -%}
    {%- set below -%} ({{ dividend }} % cast(10000000000000000000 as decimal(20, 0))) {%- endset -%}
    {%- set unit -%} cast(10000000000000000000 as decimal(38, 0)) {%- endset -%}
    (
        cast({{ above }} div {{ divisor }} as decimal(19, 0)) * {{ unit }}
        + cast(floor(
            cast({{ above }} % {{ divisor }} * {{ unit }} + {{ below }} as decimal(27, 0))
            / cast({{ divisor }} as decimal(8, 0))
        ) as decimal(38, 0))
    )
{%- endmacro %}

{% macro nearest_double(exact) -%}
    {#- The double nearest to a huge integer: DuckDB's own cast rounds twice, once for each half of 64 bits. -#}
    {{- adapter.dispatch('nearest_double')(exact) -}}
{%- endmacro %}

{% macro default__nearest_double(exact) -%} cast({{ exact }} as double) {%- endmacro %}

{% macro duckdb__nearest_double(exact) -%} cast(cast({{ exact }} as string) as double) {%- endmacro %}

{% macro double_text(number) -%}
    {#- The shortest decimal that a double is the nearest one to, as the engine prints it. -#}
    {{- adapter.dispatch('double_text')(number) -}}
{%- endmacro %}

{% macro duckdb__double_text(number) -%} cast({{ number }} as string) {%- endmacro %}

{% macro spark__double_text(number) -%}
    {#-
        A cast prints what Java prints, which before Java 19 is not always the shortest (JDK-4511638). The Jackson that
        comes with Spark has the algorithm of Java 19.
    -#}
    case
        when {{ number }} is not null
            then lower(reflect('com.fasterxml.jackson.core.io.schubfach.DoubleToDecimal', 'toString', {{ number }}))
    end
{%- endmacro %}

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
    {#- In a select list: a row for every day from a first to a last. -#}
    {{- adapter.dispatch('each_day')(first, last) -}}
{%- endmacro %}

{% macro duckdb__each_day(first, last) -%}
    cast(unnest(generate_series({{ first }}, {{ last }}, interval 1 day)) as date)
{%- endmacro %}

{% macro spark__each_day(first, last) -%} explode(sequence({{ first }}, {{ last }}, interval 1 day)) {%- endmacro %}

{% macro each_number(first, last) -%}
    {#- In a select list: a row for every whole number from a first to a last. -#}
    {{- adapter.dispatch('each_number')(first, last) -}}
{%- endmacro %}

{% macro duckdb__each_number(first, last) -%} unnest(generate_series({{ first }}, {{ last }})) {%- endmacro %}

{% macro spark__each_number(first, last) -%}
    {#- Not a list of literals: Spark 4.0 knows no `>>` behind the word array. -#}
    explode(sequence({{ first }}, {{ last }}))
{%- endmacro %}

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

{% macro ordered_mean(values) -%}
    {#- Mean of a list of doubles, added one by one in the list's order, so that it never depends on the plan. -#}
    {{- adapter.dispatch('ordered_mean')(values) -}}
{%- endmacro %}

{% macro duckdb__ordered_mean(values) -%}
    list_sum({{ values }}) / len({{ values }})
{%- endmacro %}

{% macro spark__ordered_mean(values) -%}
    aggregate({{ values }}, 0D, (total, value) -> total + value) / size({{ values }})
{%- endmacro %}

{% macro median_of(value) -%}
    {#- The exact median of whole numbers below 2^52, as a double; of an even number the mean of the two in the middle. -#}
    {{- adapter.dispatch('median_of')(value) -}}
{%- endmacro %}

{% macro duckdb__median_of(value) -%} cast(median({{ value }}) as double) {%- endmacro %}

{% macro spark__median_of(value) -%} percentile({{ value }}, 0.5) {%- endmacro %}

{% macro ordered_squares(values, mean) -%}
    {#- Sum of the squared distances of a list of doubles from a mean, added in the list's order. -#}
    {{- adapter.dispatch('ordered_squares')(values, mean) -}}
{%- endmacro %}

{% macro duckdb__ordered_squares(values, mean) -%}
    list_sum(list_transform({{ values }}, lambda value: (value - {{ mean }}) * (value - {{ mean }})))
{%- endmacro %}

{% macro spark__ordered_squares(values, mean) -%}
    aggregate({{ values }}, 0D, (total, value) -> total + (value - {{ mean }}) * (value - {{ mean }}))
{%- endmacro %}

{% macro artanh(ratio) -%}
    {#-
        Inverse hyperbolic tangent of a column of doubles within 0.18 of 0, by its series: engines' own logarithms differ
        in the last digit. What is left out is below 1e-17.
    -#}
    {%- set series = namespace(text='cast(1 as double) / 21') -%}
    {%- for divisor in range(19, 0, -2) -%}
        {%- set series.text =
            'cast(1 as double) / ' ~ divisor ~ ' + ' ~ ratio ~ ' * ' ~ ratio ~ ' * (' ~ series.text ~ ')'
        -%}
    {%- endfor -%}
    {{ ratio }} * ({{ series.text }})
{%- endmacro %}

{% macro ordered_sum(value, order) -%}
    {#- The aggregate that adds doubles in an order: their sum depends on it. -#}
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
    {#- The aggregate that joins different texts into one, in their order. -#}
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

{% macro hex_text(bytes) -%}
    {#- Bytes, or a number, as lower-case hexadecimal digits. -#}
    lower(hex({{ bytes }}))
{%- endmacro %}

{% macro bytes_key(bytes) -%}
    {#- The number that the first 8 bytes mean: it finds a hash as well as all of its 32 bytes do, but for accidents. -#}
    {{- adapter.dispatch('bytes_key')(bytes) -}}
{%- endmacro %}

{% macro duckdb__bytes_key(bytes) -%} cast(cast({{ bytes }}[:8] as bit) as ubigint) {%- endmacro %}

{% macro spark__bytes_key(bytes) -%}
    {#- Spark has no integers without sign: the same 64 bits, read as one with a sign. Keys are only ever compared. -#}
    cast(conv(hex(substr({{ bytes }}, 1, 8)), 16, -10) as bigint)
{%- endmacro %}

{% macro bytes_from(bytes, first) -%}
    {#- Bytes from a place on, counted from 1. -#}
    {{- adapter.dispatch('bytes_from')(bytes, first) -}}
{%- endmacro %}

{% macro duckdb__bytes_from(bytes, first) -%} {{ bytes }}[{{ first }}:] {%- endmacro %}

{% macro spark__bytes_from(bytes, first) -%} substr({{ bytes }}, {{ first }}) {%- endmacro %}

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
    {#- A structure of values that have names, a mapping of names to expressions. -#}
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
