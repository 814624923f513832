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

{% macro transfers_and_remainders(days, midnight) -%}
    {#-
        CTEs, the last without a comma after it: the `transfers` of some days from an hour before a midnight on, and those
        of them that are `remainders` of round payments: a transaction's transfer that has at least 4 decimals more than
        all its others. days: macro that makes the predicate of a column of days; midnight: an ISO date.
    -#}
    {%- set of_the_last_hour -%}
        outputs.height >= (
            select min(blocks.height)
            from {{ ref('blocks') }} as blocks
            where
                {{ days('blocks.day') }}
                and {{ within_an_hour('blocks.median_time', "cast(date '" ~ midnight ~ "' as timestamp)") }}
        )
    {%- endset -%}
    transfers as (

        {{ transfers(days, of_the_last_hour) }}

    ),

    transactions_with_round_payments as (

        -- only these can have a remainder
        select distinct
            height,
            tx_index
        from transfers
        where {{ decimals_of('value') }} <= 4

    ),

    measured_transfers as (

        select
            transfers.*,
            {{ decimals_of('transfers.value') }} as decimals
        from transfers
        semi join transactions_with_round_payments
            on
                transfers.height = transactions_with_round_payments.height
                and transfers.tx_index = transactions_with_round_payments.tx_index

    ),

    compared_transfers as (

        select
            *,
            max(decimals) over (
                partition by height, tx_index
                order by output_index
                rows between unbounded preceding and 1 preceding
            ) as most_decimals_before,
            max(decimals) over (
                partition by height, tx_index
                order by output_index
                rows between 1 following and unbounded following
            ) as most_decimals_after
        from measured_transfers

    ),

    remainders as (

        select
            day,
            height,
            tx_index,
            output_index,
            value
        from compared_transfers
        -- nulls do not count; a transaction's only transfer has two of them, and is none
        where decimals >= greatest(most_decimals_before, most_decimals_after) + 4

    )
{%- endmacro %}

{% macro removed_early() -%}
    {#-
        What is removed because it is spent early, after `transfers_and_remainders`: the `transfers` of the CTE
        `early_spends`, which has created_height, created_tx_index and output_index, but for `remainders`.
    -#}
    from early_spends
    inner join transfers
        on
            early_spends.created_height = transfers.height
            and early_spends.created_tx_index = transfers.tx_index
            and early_spends.output_index = transfers.output_index
    anti join remainders
        on
            early_spends.created_height = remainders.height
            and early_spends.created_tx_index = remainders.tx_index
            and early_spends.output_index = remainders.output_index
{%- endmacro %}

{% macro within_an_hour(earlier, later) -%}
    {#- Whether a transfer of one time is spent early at another: within an hour of consensus time. -#}
    {{ seconds_between(earlier, later) }} <= 3600
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
