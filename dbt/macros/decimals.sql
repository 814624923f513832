{#-
    Exact plain decimals. Values leave the warehouse as text, so that no reader's floating point can change them.
-#}

{% macro decimal_text(unscaled, scale) -%}
    {#- An integer with a scale, as a decimal: 123 with scale 8 is 0.00000123. -#}
    {%- set digits -%}
        lpad(
            cast(abs({{ unscaled }}) as string),
            cast(greatest(length(cast(abs({{ unscaled }}) as string)), {{ scale }} + 1) as integer),
            '0'
        )
    {%- endset -%}
    case when {{ unscaled }} < 0 then '-' else '' end
    || substr({{ digits }}, 1, length({{ digits }}) - ({{ scale }}))
    || case when {{ scale }} > 0 then '.' else '' end
    || substr({{ digits }}, length({{ digits }}) - ({{ scale }}) + 1)
{%- endmacro %}

{% macro trimmed_decimal(text) -%}
    {#- A decimal without trailing zeros in its fraction. -#}
    case when {{ text }} like '%.%' then trim(trailing '.' from trim(trailing '0' from {{ text }})) else {{ text }} end
{%- endmacro %}

{% macro plain_decimal(text) -%}
    {#- The shortest text of a double, as the engine prints it, without exponent: 1.5e-07 becomes 0.00000015. -#}
    {%- set sign = "case when " ~ text ~ " like '-%' then '-' else '' end" -%}
    {%- set mantissa = "replace(split_part(" ~ text ~ ", 'e', 1), '-', '')" -%}
    {%- set digits = "replace(" ~ mantissa ~ ", '.', '')" -%}
    {%- set exponent = "cast(split_part(" ~ text ~ ", 'e', 2) as integer)" -%}
    {%- set fraction_length = "(length(" ~ digits ~ ") - 1)" -%}
    case
        when {{ text }} not like '%e%' then {{ trimmed_decimal(text) }}
        when {{ exponent }} < 0 then {{ sign }} || '0.' || repeat('0', -{{ exponent }} - 1) || trim(trailing '0' from {{ digits }})
        when {{ exponent }} >= {{ fraction_length }}
            then {{ sign }} || {{ digits }} || repeat('0', {{ exponent }} - {{ fraction_length }})
        else
            {{ sign }} || substr({{ digits }}, 1, {{ exponent }} + 1) || '.' || substr({{ digits }}, {{ exponent }} + 2)
    end
{%- endmacro %}
