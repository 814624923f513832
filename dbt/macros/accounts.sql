{#-
    Accounts: what an output's script commits to, and how that is written (docs/method.md, Accounts).
-#}

{% macro address_forms(account_type, payload) -%}
    {#-
        Which accounts have an address, as a list: the condition, the version and the bytes that the address is made of,
        and, for witness programs, the prefix; the others are hashes, in base58check. For queries that have the
        chain's row of `chain_parameters` beside them.
    -#}
    {%- set prefix = 'chain_parameters.bech32_prefix' -%}
    {{- return([
        {'holds': account_type ~ " = 'pubkeyhash'", 'version': 'chain_parameters.p2pkh_version', 'bytes': payload},
        {'holds': account_type ~ " = 'scripthash'", 'version': 'chain_parameters.p2sh_version', 'bytes': payload},
        {'holds': account_type ~ " like 'witness_v0_%'", 'version': '0', 'bytes': payload, 'prefix': prefix},
        {'holds': account_type ~ " = 'witness_v1_taproot'", 'version': '1', 'bytes': payload, 'prefix': prefix},
        {
            'holds': account_type ~ " = 'witness_unknown'",
            'version': hex_integer("substr(hex(" ~ payload ~ "), 1, 2)") ~ " - 80",
            'bytes': bytes_from(payload, 3),
            'prefix': prefix,
        },
    ]) -}}
{%- endmacro %}

{% macro account_text(account_type, payload) -%}
    {#-
        How an account is written: its address, or, where its script has none, bitcoin-etl's name for such scripts.
    -#}
    {%- set forms = address_forms(account_type, payload) -%}
    case
        when {{ forms | map(attribute='holds') | join(' or ') }} then {{ address(forms) }}
        else 'nonstandard' || {{ hex_text(payload) }}
    end
{%- endmacro %}

{% macro address(forms) -%}
    {#- The address of the first form that holds, of which there is one. -#}
    {{- adapter.dispatch('address')(forms) -}}
{%- endmacro %}

{% macro duckdb__address(forms) -%}
    {#-
        One call for all forms: DuckDB calls a function of Python once for each block of 2,048 rows and each place where
        it stands. With a place a form, 1.75 million accounts took 9.8 s of processor time to name; with one, 3.3 s.
    -#}
    address(
        {%- for part in ('prefix', 'version', 'bytes') %}
        case
            {%- for form in forms %}
            when {{ form.holds }} then {{ form.get(part, "''") }}
            {%- endfor %}
        end{{ "," if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{% macro spark__address(forms) -%}
    case
        {%- for form in forms %}
        when {{ form.holds }} then
            {% if 'prefix' in form -%}
            {{ segwit_address(form.prefix, form.version, form.bytes) }}
            {%- else -%}
            {{ base58check(form.version, form.bytes) }}
            {%- endif %}
        {%- endfor %}
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

{% macro last_number_before_window(accounts) -%}
    {#- The highest number that an account has since before the window, as `last_id`; 0 where there are none yet. -#}
    {%- if accounts is none -%}
    select cast(0 as bigint) as last_id
    {%- else -%}
    select coalesce(max(account_id), 0) as last_id
    from {{ accounts }}
    where day < date '{{ window_start() }}'
    {%- endif -%}
{%- endmacro %}

{% macro same_account(left, right) -%}
    {#- Whether two rows are of one account: the key finds it, type and payload decide. -#}
    {{ left }}.account_key = {{ right }}.account_key
    and {{ left }}.account_type = {{ right }}.account_type
    and {{ left }}.payload = {{ right }}.payload
{%- endmacro %}

{% macro account_name(account_id) -%}
    {#-
        The name of an account; null for no account. For a few rows out of many: a join has DuckDB expect more of them
        than of accounts, and hash the names of all accounts ever paid. A month of a chain of 22 million accounts took
        2.3 s to name the parties of its transfers, and takes 0.4 s.
    -#}
    (select max(accounts.account) from {{ ref('accounts') }} as accounts where accounts.account_id = {{ account_id }})
{%- endmacro %}
