{#-
    What the two models that give accounts their numbers both read: user_accounts, and outputs after it.
-#}

{% macro window_outputs() -%}
    {#- The window's outputs with the names of their accounts. -#}
    {%- set query -%}
        select
            day,
            height,
            tx_index,
            output_index,
            {{ hex_key('txid') }} as txid_key,
            script_type,
            account,
            value
        from {{ ref('stg_outputs') }}
        where {{ in_window() }}
    {%- endset -%}
    {{- shared('window_outputs', query, window_only=true) -}}
{%- endmacro %}

{% macro window_accounts(known_accounts) -%}
    {#-
        The accounts that the window's outputs pay: where each is first paid in it, and the number that it has since
        before the window, null for a new one. The one place where the names of all accounts ever paid are read.
    -#}
    {%- set query -%}
        with first_payments as (

            select
                account,
                min(day) as day,
                min({{ output_place('height', 'tx_index', 'output_index') }}) as place
            from {{ window_outputs() }} as window_outputs
            where script_type <> 'nulldata'
            group by account

        )

        select
            first_payments.account,
            first_payments.day,
            first_payments.place,
            {%- if known_accounts %}
            known_accounts.account_id as known_id
        from first_payments
        left join {{ known_accounts }} as known_accounts
            on
                first_payments.account = known_accounts.account
                and known_accounts.day < date '{{ window_start() }}'
            {%- else %}
            cast(null as bigint) as known_id
        from first_payments
            {%- endif %}
    {%- endset -%}
    {{- shared('window_accounts', query) -}}
{%- endmacro %}
