{#-
    Classes of balances. All bounds of the distribution are powers of ten in satoshi, so the number of decimal digits
    names the interval, and whether a balance is such a power tells whether it exceeds the interval's lower bound.
-#}

{% macro decimal_digits(balance) -%}
    {#- Number of decimal digits of a positive balance in satoshi: 6 means 0.001 to 0.01 coins. -#}
    length(cast({{ balance }} as varchar))
{%- endmacro %}

{% macro is_power_of_ten(balance) -%}
    {#- Whether a positive balance in satoshi is exactly 1, 10, 100 and so on. -#}
    (rtrim(cast({{ balance }} as varchar), '0') = '1')
{%- endmacro %}
