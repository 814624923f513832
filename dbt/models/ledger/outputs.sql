{#-
    Accounts are numbered in the order of their first output. An account paid before the window keeps its number; new
    ones continue from the highest.
-#}

{%- set earlier_accounts = source('earlier', 'user_accounts') -%}
{%- set numbered_before = is_built(earlier_accounts) -%}

with window_outputs as (

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

),

first_payments as (

    select
        account_key,
        account_type,
        payload,
        min({{ output_place('height', 'tx_index', 'output_index') }}) as place
    from window_outputs
    where script_type <> 'nulldata'
    group by account_key, account_type, payload

),

known_accounts as (

    {%- if numbered_before %}

    select
        first_payments.*,
        earlier_accounts.account_id as known_id
    from first_payments
    left join {{ earlier_accounts }} as earlier_accounts
        on
            {{ same_account('first_payments', 'earlier_accounts') }}
            and earlier_accounts.day < date '{{ window_start() }}'
    {%- else %}

    select
        *,
        cast(null as bigint) as known_id
    from first_payments
    {%- endif %}

),

highest_number as (

    {{ last_number_before_window(earlier_accounts if numbered_before else none) }}

),

numbered_accounts as (

    select
        known_accounts.account_key,
        known_accounts.account_type,
        known_accounts.payload,
        coalesce(
            known_accounts.known_id,
            highest_number.last_id + row_number() over (
                partition by known_accounts.known_id is null
                order by known_accounts.place
            )
        ) as account_id
    from known_accounts
    cross join highest_number

)

select
    window_outputs.day,
    window_outputs.height,
    window_outputs.tx_index,
    window_outputs.output_index,
    window_outputs.txid_key,
    window_outputs.script_type,
    case
        when window_outputs.script_type = 'nulldata' then {{ virtual_account('UNSPENDABLE') }}
        else numbered_accounts.account_id
    end as account_id,
    window_outputs.value
from window_outputs
left join numbered_accounts
    on {{ same_account('window_outputs', 'numbered_accounts') }}
order by window_outputs.height, window_outputs.tx_index, window_outputs.output_index
