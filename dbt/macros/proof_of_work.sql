{#-
    How the compact target `bits` is read: target = mantissa x 2^(8 x (exponent - 3)).
-#}

{% macro target_exponent(bits) -%} cast(({{ bits }} - {{ bits }} % 16777216) / 16777216 as integer) {%- endmacro %}

{% macro target_mantissa(bits) -%} cast({{ bits }} % 16777216 as integer) {%- endmacro %}

{% macro difficulty(exponent, mantissa) -%}
    {#-
        0xffff x 2^208 / target, as a double. The division of the mantissas is rounded once and the power of two is
        exact, so the result is the double nearest to the true quotient.
    -#}
    (cast(65535 as double) / {{ mantissa }}) * pow(cast(2 as double), 8 * (29 - {{ exponent }}))
{%- endmacro %}

{% macro block_work(exponent, mantissa) -%}
    {#-
        Expected hashes of a block: floor(2^256 / (target + 1)), exact. Let 2^(280 - 8 x exponent) be quotient x
        mantissa + remainder; then the floor is the quotient, or one less where the remainder is 0. That holds for
        exponents from 20 on: there the target is at least 2^136 and the work below 2^121 (asserted by a test).
    -#}
    {%- set numerator = power_of_two('280 - 8 * ' ~ exponent) -%}
    {{ huge_quotient(numerator, mantissa) }} - case when {{ numerator }} % {{ mantissa }} = 0 then 1 else 0 end
{%- endmacro %}
