{#-
    Block 0. Its output can never be spent. Most metrics of holders and active accounts leave it out: they count its
    account only from the day on which another transaction pays it.
-#}

{% macro genesis_holding() -%}
    {#- The account that block 0 pays and the value in satoshi: one row, or none if its output has no account. -#}
    (
        select
            day,
            account_id,
            cast(sum(value) as bigint) as value
        from {{ ref('outputs') }}
        where
            day in (select ledger_days.day from {{ ref('ledger_days') }} as ledger_days where ledger_days.genesis > 0)
            and height = 0
            and {{ is_user('account_id') }}
        group by day, account_id
    )
{%- endmacro %}
