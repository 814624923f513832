{% macro most_pairs() -%}
    {#- A transaction of more pairs of a sender and a receiver has only those with an exchange one by one. -#}
    10000
{%- endmacro %}

{% macro transfers(days, heights='true') -%}
    {#-
        The transfers of some days: outputs above 0, coinbases left out, to accounts that are not among the inputs of
        their transaction. An output to one of the transaction's senders is change.
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
    {#- The number of decimals of an amount in satoshi, written in coins without trailing zeros: 1 for 1.20 coins. -#}
    case
        {%- for decimals in range(8) %}
        when {{ value }} % {{ 10 ** (8 - decimals) }} = 0 then {{ decimals }}
        {%- endfor %}
        else 8
    end
{%- endmacro %}
