{#-
    Exact amounts of dollars, as two integers: satoshi times the price's whole dollars, and satoshi times the price's
    fraction in units of 10^-22. As integers their sums do not depend on the order. All coins together fit: 16 digits
    times 22.
-#}

{% macro dollars(satoshi_dollars, satoshi_fractions) -%}
    {#- The sum of both parts as a double, after three roundings. -#}
    ({{ nearest_double(satoshi_dollars) }} / 1e8 + {{ nearest_double(satoshi_fractions) }} / 1e30)
{%- endmacro %}

{% macro dollar_difference(satoshi_dollars, satoshi_fractions) -%}
    {#-
        The same for differences, whose parts may have different signs. Rounding each part alone would lose digits: 1
        and -0.9999999 would keep half of them. So small differences are added exactly before they are rounded.
    -#}
    {%- set unit -%} {{ power_of_ten(22) }} {%- endset -%}
    {%- set rest -%} (({{ satoshi_fractions }}) % {{ unit }}) {%- endset -%}
    {%- set carried -%}
        ({{ satoshi_dollars }} + {{ quotient('(' ~ satoshi_fractions ~ ' - ' ~ rest ~ ')', unit) }})
    {%- endset -%}
    case
        when abs({{ carried }}) < 1000000000000000 then {{ nearest_double(carried ~ ' * ' ~ unit ~ ' + ' ~ rest) }} / 1e30
        else {{ dollars(carried, rest) }}
    end
{%- endmacro %}
