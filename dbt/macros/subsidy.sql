{% macro block_subsidy(height, initial_subsidy, halving_interval) -%}
    {#- What a block of this height may create at most, in satoshi: halved every halving_interval blocks. -#}
    case
        when {{ height }} >= 64 * {{ halving_interval }} then cast(0 as bigint)
        else cast({{ initial_subsidy }} as bigint) >> cast({{ quotient(height, halving_interval) }} as integer)
    end
{%- endmacro %}
