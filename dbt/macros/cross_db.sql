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

{% macro epoch_to_timestamp(seconds) -%}
    {#- UTC timestamp without zone of a Unix time in seconds. -#}
    {{- adapter.dispatch('epoch_to_timestamp')(seconds) -}}
{%- endmacro %}

{% macro duckdb__epoch_to_timestamp(seconds) -%}
    make_timestamp(cast({{ seconds }} as bigint) * 1000000)
{%- endmacro %}

{% macro sha256_of_hex(hex) -%}
    {#- SHA-256, in lower-case hex, of the bytes that a hex string means. -#}
    {{- adapter.dispatch('sha256_of_hex')(hex) -}}
{%- endmacro %}

{% macro duckdb__sha256_of_hex(hex) -%} sha256(unhex({{ hex }})) {%- endmacro %}

{% macro spark__sha256_of_hex(hex) -%} sha2(unhex({{ hex }}), 256) {%- endmacro %}

{% macro seconds_between(earlier, later) -%}
    {#- Whole seconds from one timestamp to another, negative where the second one is earlier. -#}
    {{- adapter.dispatch('seconds_between')(earlier, later) -}}
{%- endmacro %}

{% macro duckdb__seconds_between(earlier, later) -%}
    date_diff('second', {{ earlier }}, {{ later }})
{%- endmacro %}

{% macro ordered_mean(values) -%}
    {#- Mean of a list of doubles, added one by one in the list's order, so that it never depends on the plan. -#}
    {{- adapter.dispatch('ordered_mean')(values) -}}
{%- endmacro %}

{% macro duckdb__ordered_mean(values) -%}
    list_sum({{ values }}) / len({{ values }})
{%- endmacro %}

{% macro list_of(value) -%}
    {#- The aggregate or window function that collects values into a list. -#}
    {{- adapter.dispatch('list_of')(value) -}}
{%- endmacro %}

{% macro duckdb__list_of(value) -%} list({{ value }}) {%- endmacro %}

{% macro spark__list_of(value) -%} collect_list({{ value }}) {%- endmacro %}

{% macro list_length(values) -%}
    {#- How many values a list has. -#}
    {{- adapter.dispatch('list_length')(values) -}}
{%- endmacro %}

{% macro duckdb__list_length(values) -%} len({{ values }}) {%- endmacro %}

{% macro spark__list_length(values) -%} size({{ values }}) {%- endmacro %}

{% macro hex_key(hex) -%}
    {#- The number that the first 16 digits of a hex string mean: 8 bytes in place of the 64 of a transaction id. -#}
    {{- adapter.dispatch('hex_key')(hex) -}}
{%- endmacro %}

{% macro duckdb__hex_key(hex) -%} cast('0x' || substr({{ hex }}, 1, 16) as ubigint) {%- endmacro %}
