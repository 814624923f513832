{#- Numbers for accounts, in the order in which the chain first pays them; what is paid again keeps its number. -#}

with known_accounts as (

    {%- if is_incremental() %}

    select
        account_id,
        account
    from {{ this }}
    where day < date '{{ window_start() }}'
    {%- else %}

    select
        cast(null as bigint) as account_id,
        cast(null as varchar) as account
    where false
    {%- endif %}

),

first_payments as (

    select
        account,
        min(day) as day,
        min({{ output_place('height', 'tx_index', 'output_index') }}) as place
    from {{ window_outputs() }} as window_outputs
    where script_type <> 'nulldata'
    group by account

),

new_accounts as (

    select first_payments.*
    from first_payments
    left join known_accounts
        on first_payments.account = known_accounts.account
    where known_accounts.account is null

)

select
    day,
    coalesce((select max(known_accounts.account_id) from known_accounts), 0)
    + row_number() over (order by place) as account_id,
    account
from new_accounts
order by account_id
