{% macro transfers(days, heights='true') -%}
    {#-
        What changed hands on some days: outputs of a value above 0, not of coinbases, to accounts that are no input
        account of their transaction. An output of a transaction to one of its own senders is change.
        days: macro that makes the predicate of a column of days; heights: a predicate on outputs.
    -#}
    select
        outputs.day,
        outputs.height,
        outputs.tx_index,
        outputs.output_index,
        outputs.value
    from {{ ref('outputs') }} as outputs
    anti join {{ ref('inputs') }} as inputs
        on
            outputs.height = inputs.height
            and outputs.tx_index = inputs.tx_index
            and outputs.account_id = inputs.account_id
            and {{ days('inputs.day') }}
    where
        {{ days('outputs.day') }}
        and {{ heights }}
        and outputs.tx_index > 0
        and outputs.value > 0
        and {{ is_user('outputs.account_id') }}
{%- endmacro %}

{% macro decimals_of(value) -%}
    {#- How many decimals an amount in satoshi has as one of coins, without the zeros at its end: of 1.20 coins 1. -#}
    case
        {%- for decimals in range(8) %}
        when {{ value }} % {{ 10 ** (8 - decimals) }} = 0 then {{ decimals }}
        {%- endfor %}
        else 8
    end
{%- endmacro %}
