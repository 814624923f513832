{#-
    Block 0. Its output can never be spent and was never paid to anybody: holders and active accounts of most metrics
    leave it out, and its account counts once others pay it.
-#}

{% macro genesis_holding() -%}
    {#- A relation with the account that block 0 pays and its value in satoshi: one row, or none where that is nobody. -#}
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
