{#- Numbers for accounts, in the order in which the chain first pays them; what is paid again keeps its number. -#}

with known_accounts as (

    {%- if is_incremental() %}

    select max(account_id) as last_id
    from {{ this }}
    where day < date '{{ window_start() }}'
    {%- else %}

    select cast(null as bigint) as last_id
    {%- endif %}

),

chain_parameters as (

    select *
    from {{ ref('chain_parameters') }}
    where chain = '{{ chain() }}'

),

new_accounts as (

    select
        day,
        account_key,
        account_type,
        payload,
        row_number() over (order by place) as position
    from {{ window_accounts(this if is_incremental() else none) }} as window_accounts
    where known_id is null

)

select
    new_accounts.day,
    coalesce(known_accounts.last_id, 0) + new_accounts.position as account_id,
    new_accounts.account_key,
    new_accounts.account_type,
    new_accounts.payload,
    {{ account_text('new_accounts.account_type', 'new_accounts.payload') }} as account
from new_accounts
cross join known_accounts
cross join chain_parameters
order by new_accounts.position
