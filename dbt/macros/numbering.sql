{#-
    What the two models that give accounts their numbers both read: user_accounts, and outputs after it.
-#}

{% macro window_outputs() -%}
    {#- The window's outputs with the keys of their transactions and of their accounts. -#}
    {%- set query -%}
        select
            outputs.day,
            outputs.height,
            outputs.tx_index,
            outputs.output_index,
            transactions.txid_key,
            outputs.script_type,
            outputs.account_type,
            {{ bytes_key('outputs.payload') }} as account_key,
            outputs.payload,
            outputs.value
        from {{ ref('stg_outputs') }} as outputs
        inner join {{ ref('stg_transactions') }} as transactions
            on
                outputs.height = transactions.height
                and outputs.tx_index = transactions.tx_index
        where
            {{ in_window('outputs.day') }}
            and {{ in_window('transactions.day') }}
    {%- endset -%}
    {{- shared('window_outputs', query, window_only=true) -}}
{%- endmacro %}

{% macro same_account(left, right) -%}
    {#- Whether two rows are of one account: the key finds it, type and payload decide. -#}
    {{ left }}.account_key = {{ right }}.account_key
    and {{ left }}.account_type = {{ right }}.account_type
    and {{ left }}.payload = {{ right }}.payload
{%- endmacro %}

{% macro window_accounts(known_accounts) -%}
    {#-
        The accounts that the window's outputs pay: where each is first paid in it, and the number that it has since
        before the window, null for a new one. The one place where all accounts ever paid are looked through.
    -#}
    {%- set query -%}
        with first_payments as (

            select
                account_key,
                account_type,
                payload,
                min(day) as day,
                min({{ output_place('height', 'tx_index', 'output_index') }}) as place
            from {{ window_outputs() }} as window_outputs
            where script_type <> 'nulldata'
            group by account_key, account_type, payload

        )

        select
            first_payments.account_key,
            first_payments.account_type,
            first_payments.payload,
            first_payments.day,
            first_payments.place,
            {%- if known_accounts %}
            known_accounts.account_id as known_id
        from first_payments
        left join {{ known_accounts }} as known_accounts
            on
                {{ same_account('first_payments', 'known_accounts') }}
                and known_accounts.day < date '{{ window_start() }}'
            {%- else %}
            cast(null as bigint) as known_id
        from first_payments
            {%- endif %}
    {%- endset -%}
    {{- shared('window_accounts', query) -}}
{%- endmacro %}
