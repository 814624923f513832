{#-
    Accounts: what an output's script commits to, and how that is written (docs/method.md, Accounts).
-#}

{% macro account_text(account_type, payload) -%}
    {#-
        How an account is written: its address on the chain of `chain_parameters`, which the query must have beside it,
        or, where its script has none, bitcoin-etl's name for such scripts.
    -#}
    case
        when {{ account_type }} = 'pubkeyhash'
            then {{ base58check('chain_parameters.p2pkh_version', payload) }}
        when {{ account_type }} = 'scripthash'
            then {{ base58check('chain_parameters.p2sh_version', payload) }}
        when {{ account_type }} like 'witness_v0_%'
            then {{ segwit_address('chain_parameters.bech32_prefix', '0', payload) }}
        when {{ account_type }} = 'witness_v1_taproot'
            then {{ segwit_address('chain_parameters.bech32_prefix', '1', payload) }}
        when {{ account_type }} = 'witness_unknown'
            then {{ segwit_address(
                'chain_parameters.bech32_prefix',
                hex_integer("substr(hex(" ~ payload ~ "), 1, 2)") ~ " - 80",
                bytes_from(payload, 3)
            ) }}
        else 'nonstandard' || {{ hex_text(payload) }}
    end
{%- endmacro %}

{% macro base58check(version, payload) -%}
    {#- Base58 of a version byte, some bytes and four bytes of the checksum of both. -#}
    {{- adapter.dispatch('base58check')(version, payload) -}}
{%- endmacro %}

{% macro duckdb__base58check(version, payload) -%} base58check({{ version }}, {{ payload }}) {%- endmacro %}

{% macro segwit_address(prefix, version, program) -%}
    {#- The address of a witness program: bech32 (BIP 173) for version 0, bech32m (BIP 350) for later ones. -#}
    {{- adapter.dispatch('segwit_address')(prefix, version, program) -}}
{%- endmacro %}

{% macro duckdb__segwit_address(prefix, version, program) -%}
    segwit_address({{ prefix }}, {{ version }}, {{ program }})
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
