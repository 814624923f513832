{#-
    Classes of balances. All bounds of the distribution are powers of ten in satoshi. So a balance's number of decimal
    digits tells its interval. A balance that is itself a power of ten equals the interval's lower bound; all others
    are above it.
-#}

{% macro decimal_digits(balance, fewest=1, most=18) -%}
    {#-
        Number of decimal digits of a positive balance in satoshi: 6 means 0.001 to 0.01 coins. All coins have 16.

        A binary search: for 5 million balances it takes 0.1 s, and the length of their text 0.6 s.
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

{% macro balance_class(balance, fewest=1, most=18) -%}
    {#-
        The smallest balance in the class of a positive balance: its first two digits, then zeros. So each power of ten
        begins a class, and there are 90 classes from one power to the next. A binary search, as in `decimal_digits`.
    -#}
    {%- if fewest == most -%}
        {{- balance if fewest < 3 else balance ~ " - " ~ balance ~ " % " ~ 10 ** (fewest - 2) -}}
    {%- else -%}
        {%- set middle = (fewest + most) // 2 -%}
        case
            when {{ balance }} < {{ 10 ** middle }} then {{ balance_class(balance, fewest, middle) }}
            else {{ balance_class(balance, middle + 1, most) }}
        end
    {%- endif -%}
{%- endmacro %}

{% macro own_balances(days) -%}
    {#-
        Opening and closing balances of the accounts that changed on some days, without the output of block 0.
        days: the predicate of account_states' column `day`.
    -#}
    select
        account_states.day,
        account_states.closing - account_states.credits - account_states.debits
        - case when account_states.day = genesis.day then 0 else coalesce(genesis.value, 0) end as opening,
        account_states.closing - coalesce(genesis.value, 0) as closing
    from {{ ref('account_states') }} as account_states
    left join {{ genesis_holding() }} as genesis
        on account_states.account_id = genesis.account_id
    where
        {{ days }}
        and {{ is_user('account_states.account_id') }}
{%- endmacro %}

{% macro satoshi_worth(worth, unscaled_price) -%}
    {#-
        The smallest number of satoshi that is worth an amount of dollars: the amount times 10^8, scaled by the decimals
        of the price, divided by the digits of the price and rounded up. A huge integer, and capped above all coins that
        can exist: at a price near 0 the quotient would not fit into 63 bits.
    -#}
    case
        when cast({{ worth }} as double) >= cast({{ unscaled_price }} as double) * 1e18 then {{ 10 ** 18 }}
        else {{ quotient('(' ~ worth ~ ' + ' ~ unscaled_price ~ ' - 1)', unscaled_price) }}
    end
{%- endmacro %}
