{#-
    Classes of balances. All bounds of the distribution are powers of ten in satoshi, so the number of decimal digits
    names the interval, and whether a balance is such a power tells whether it exceeds the interval's lower bound.
-#}

{% macro decimal_digits(balance, fewest=1, most=18) -%}
    {#-
        Number of decimal digits of a positive balance in satoshi: 6 means 0.001 to 0.01 coins. All coins have 16.

        By halving the range: of 5 million balances it takes 0.1 s where the length of their text takes 0.6 s.
    -#}
    {%- if fewest == most -%}
        {{- fewest -}}
    {%- else -%}
        {%- set middle = (fewest + most) // 2 -%}
        case
            when {{ balance }} < {{ 10 ** middle }} then {{ decimal_digits(balance, fewest, middle) }}
            else {{ decimal_digits(balance, middle + 1, most) }}
        end
    {%- endif -%}
{%- endmacro %}

{% macro is_power_of_ten(balance) -%}
    {#- Whether a positive balance in satoshi is exactly 1, 10, 100 and so on. -#}
    {{ balance }} in (
        {%- for digits in range(18) -%} {{- 10 ** digits -}} {{- ", " if not loop.last -}} {%- endfor -%}
    )
{%- endmacro %}
