{#-
    Exact amounts of dollars: satoshi times whole dollars, and satoshi times the price's fraction, in units of 10^-22. Sums
    of these two depend on no order, and all coins together fit: 16 digits times 22.
-#}

{% macro dollars(satoshi_dollars, satoshi_fractions) -%}
    {#- The double nearest to a sum, but for three roundings. -#}
    ({{ nearest_double(satoshi_dollars) }} / 1e8 + {{ nearest_double(satoshi_fractions) }} / 1e30)
{%- endmacro %}

{% macro dollar_difference(satoshi_dollars, satoshi_fractions) -%}
    {#-
        The same of differences, where one part may be above 0 and the other below: rounded one by one, 1 and -0.9999999
        would leave half of the digits. So what is small is put together before it is rounded.
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
