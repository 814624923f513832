{#-
    Accounts: who owns an output, as a function of its script alone (docs/method.md, Accounts).
-#}

{% macro output_account(script, script_type, addresses, derived_account) -%}
    {#-
        The account that an output credits. derived_account is what the raw day derived where SQL cannot (public keys
        need RIPEMD-160); it outranks the row's own address, which bitcoin-etl overwrites for such scripts.
    -#}
    case
        when {{ script_type }} = 'nulldata' then 'UNSPENDABLE'
        when {{ derived_account }} is not null then {{ derived_account }}
        when {{ script_type }} not in ('pubkey', 'nonstandard') then {{ first_of(addresses) }}
        else 'nonstandard' || substr({{ sha256_of_hex(script) }}, 1, 40)
    end
{%- endmacro %}

{% macro is_unspendable(script) -%}
    {#- Provably unspendable: begins with OP_RETURN, or is longer than 10,000 bytes. -#}
    ({{ script }} like '6a%' or length({{ script }}) > 20000)
{%- endmacro %}

{% macro script_type(script) -%}
    {#- The kind of a script, by Bitcoin Core's names. -#}
    case
        when {{ is_unspendable(script) }} then 'nulldata'
        when length({{ script }}) = 50 and {{ script }} like '76a914%' and {{ script }} like '%88ac'
            then 'pubkeyhash'
        when length({{ script }}) = 46 and {{ script }} like 'a914%' and {{ script }} like '%87'
            then 'scripthash'
        when length({{ script }}) = 44 and {{ script }} like '0014%' then 'witness_v0_keyhash'
        when length({{ script }}) = 68 and {{ script }} like '0020%' then 'witness_v0_scripthash'
        when length({{ script }}) = 68 and {{ script }} like '5120%' then 'witness_v1_taproot'
        when
            length({{ script }}) between 8 and 84
            and substr({{ script }}, 1, 2) between '51' and '60'
            and {{ hex_integer("substr(" ~ script ~ ", 3, 2)") }} = length({{ script }}) / 2 - 2
            then 'witness_unknown'
        when
            length({{ script }}) = 70 and {{ script }} like '%ac'
            and substr({{ script }}, 1, 4) in ('2102', '2103')
            then 'pubkey'
        when
            length({{ script }}) = 134 and {{ script }} like '%ac'
            and substr({{ script }}, 1, 4) in ('4104', '4106', '4107')
            then 'pubkey'
        else 'nonstandard'
    end
{%- endmacro %}

{% macro virtual_accounts() -%}
    {#- Accounts of nobody, by the numbers they have in place of an account's own: they balance the book. -#}
    {{- return({'FEES': -1, 'ISSUANCE': -2, 'UNSPENDABLE': -3}) -}}
{%- endmacro %}

{% macro virtual_account(name) -%} cast({{ virtual_accounts()[name] }} as bigint) {%- endmacro %}

{% macro is_user(account_id) -%}
    {#- Whether an account is a user's: virtual accounts are never holders, members or exchanges. -#}
    {{ account_id }} > 0
{%- endmacro %}

{% macro output_place(height, tx_index, output_index) -%}
    {#-
        Where in the chain an output stands, as one number that orders all outputs. A block has fewer than 2^20
        transactions and a transaction fewer than 2^20 outputs: the smallest ones take 60 and 9 of 4,000,000 bytes.
    -#}
    (cast({{ height }} as bigint) * 1048576 + {{ tx_index }}) * 1048576 + {{ output_index }}
{%- endmacro %}

{% macro account_name(account_id) -%}
    {#-
        The name of an account; null for no account. For a few rows out of many: a join has DuckDB expect more of them
        than of accounts, and hash the names of all accounts ever paid. A month of a chain of 22 million accounts took
        2.3 s to name the parties of its transfers, and takes 0.4 s.
    -#}
    (select max(accounts.account) from {{ ref('accounts') }} as accounts where accounts.account_id = {{ account_id }})
{%- endmacro %}
