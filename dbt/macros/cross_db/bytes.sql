{#-
    What DuckDB and Spark SQL write differently: bytes and their texts.
    One dispatched macro a construct; docs/portability.md lists them.
-#}

{% macro hex_text(bytes) -%}
    {#- Bytes, or a number, as lower-case hexadecimal digits. -#}
    lower(hex({{ bytes }}))
{%- endmacro %}

{% macro bytes_key(bytes) -%}
    {#- The first 8 bytes as a number: nearly always as distinct as the whole hash. -#}
    {{- adapter.dispatch('bytes_key')(bytes) -}}
{%- endmacro %}

{% macro duckdb__bytes_key(bytes) -%} cast(cast({{ bytes }}[:8] as bit) as ubigint) {%- endmacro %}

{% macro spark__bytes_key(bytes) -%}
    {#- Spark has no unsigned integers: the same 64 bits as a signed one. Keys are only compared for equality. -#}
    cast(conv(hex(substr({{ bytes }}, 1, 8)), 16, -10) as bigint)
{%- endmacro %}

{% macro bytes_from(bytes, first) -%}
    {#- Bytes from a position on, counted from 1. -#}
    {{- adapter.dispatch('bytes_from')(bytes, first) -}}
{%- endmacro %}

{% macro duckdb__bytes_from(bytes, first) -%} {{ bytes }}[{{ first }}:] {%- endmacro %}

{% macro spark__bytes_from(bytes, first) -%} substr({{ bytes }}, {{ first }}) {%- endmacro %}
