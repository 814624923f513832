{#-
    What DuckDB and Spark SQL write differently: numbers: exact integers beyond 64 bits, quotients, doubles and their texts.
    One dispatched macro a construct; docs/portability.md lists them.
-#}

{% macro huge_integer() -%}
    {#- Type of exact integers beyond 64 bits: sums of satoshi times satoshi, chainwork. -#}
    {{- adapter.dispatch('huge_integer')() -}}
{%- endmacro %}

{% macro default__huge_integer() -%} decimal(38, 0) {%- endmacro %}

{% macro duckdb__huge_integer() -%} hugeint {%- endmacro %}

{% macro hex_integer(text) -%}
    {#- The integer written as a string of up to 8 hex digits. -#}
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
    {#- Spark cannot shift decimals, and its pow() gives doubles. So three powers of 64 bits are multiplied. -#}
    (
        cast(shiftleft(1L, cast(({{ exponent }}) div 3 as int)) as decimal(38, 0))
        * shiftleft(1L, cast((({{ exponent }}) + 1) div 3 as int))
        * shiftleft(1L, cast((({{ exponent }}) + 2) div 3 as int))
    )
{%- endmacro %}

{% macro power_of_ten(exponent) -%}
    {#- 10 to an integer power of at most 22. Exact: doubles hold these powers without rounding. -#}
    cast(pow(cast(10 as double), {{ exponent }}) as {{ huge_integer() }})
{%- endmacro %}

{% macro quotient(dividend, divisor) -%}
    {#- Quotient of positive integers, rounded down; it must fit into 63 bits. -#}
    {{- adapter.dispatch('quotient')(dividend, divisor) -}}
{%- endmacro %}

{% macro duckdb__quotient(dividend, divisor) -%} ({{ dividend }} // {{ divisor }}) {%- endmacro %}

{% macro spark__quotient(dividend, divisor) -%} ({{ dividend }} div {{ divisor }}) {%- endmacro %}

{% macro huge_quotient(dividend, divisor) -%}
    {#- A huge integer below 2^126, divided by a positive one of up to 24 bits and rounded down. -#}
    {{- adapter.dispatch('huge_quotient')(dividend, divisor) -}}
{%- endmacro %}

{% macro duckdb__huge_quotient(dividend, divisor) -%} ({{ dividend }} // {{ divisor }}) {%- endmacro %}

{% macro spark__huge_quotient(dividend, divisor) -%}
    {#-
        Spark's div gives 64 bits, and its division of decimals keeps so many digits of the fraction that too few are
        left for the whole part. So this is a long division in two steps: first the part above 10^19, then its remainder
        with the part below. The second quotient has 9 digits of fraction, and cannot be rounded up to the next integer:
        its divisor has fewer digits.
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
    {#- The double nearest to a huge integer. DuckDB's own cast rounds twice: once for each half of 64 bits. -#}
    {{- adapter.dispatch('nearest_double')(exact) -}}
{%- endmacro %}

{% macro default__nearest_double(exact) -%} cast({{ exact }} as double) {%- endmacro %}

{% macro duckdb__nearest_double(exact) -%} cast(cast({{ exact }} as string) as double) {%- endmacro %}

{% macro double_text(number) -%}
    {#- The shortest decimal that reads back as the same double, in the engine's notation. -#}
    {{- adapter.dispatch('double_text')(number) -}}
{%- endmacro %}

{% macro duckdb__double_text(number) -%} cast({{ number }} as string) {%- endmacro %}

{% macro spark__double_text(number) -%}
    {#-
        A cast prints as Java does, which before Java 19 is not always the shortest decimal (JDK-4511638). Jackson,
        which comes with Spark, has the algorithm of Java 19.
    -#}
    case
        when {{ number }} is not null
            then lower(reflect('com.fasterxml.jackson.core.io.schubfach.DoubleToDecimal', 'toString', {{ number }}))
    end
{%- endmacro %}

{% macro median_of(value) -%}
    {#- The exact median of whole numbers below 2^52, as a double; of an even number the mean of the two in the middle. -#}
    {{- adapter.dispatch('median_of')(value) -}}
{%- endmacro %}

{% macro duckdb__median_of(value) -%} cast(median({{ value }}) as double) {%- endmacro %}

{% macro spark__median_of(value) -%} percentile({{ value }}, 0.5) {%- endmacro %}

{% macro artanh(ratio) -%}
    {#-
        Inverse hyperbolic tangent of a column of doubles within 0.18 of 0, by its power series: the logarithms of the
        engines differ in the last digit. The terms left out are below 1e-17.
    -#}
    {%- set series = namespace(text='cast(1 as double) / 21') -%}
    {%- for divisor in range(19, 0, -2) -%}
        {%- set series.text =
            'cast(1 as double) / ' ~ divisor ~ ' + ' ~ ratio ~ ' * ' ~ ratio ~ ' * (' ~ series.text ~ ')'
        -%}
    {%- endfor -%}
    {{ ratio }} * ({{ series.text }})
{%- endmacro %}
