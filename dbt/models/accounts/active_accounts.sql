{#- How many accounts have an entry on a day. Block 0 makes nobody active: its one output was never paid to anybody. -#}

with account_days as (

    select
        day,
        account_id
    from {{ ref('account_states') }}
    where
        {{ in_window() }}
        and {{ is_user('account_id') }}

),

genesis_accounts as (

    select distinct
        day,
        account_id
    from {{ ref('ledger_entries') }}
    where
        {{ in_window() }}
        and height = 0
        and {{ is_user('account_id') }}

),

mined_accounts as (

    -- accounts of block 0 that other blocks of its day change too
    select distinct
        genesis_accounts.day,
        genesis_accounts.account_id
    from genesis_accounts
    inner join {{ ref('ledger_entries') }} as ledger_entries
        on
            genesis_accounts.day = ledger_entries.day
            and genesis_accounts.account_id = ledger_entries.account_id
    where
        {{ in_window('ledger_entries.day') }}
        and ledger_entries.height > 0

),

idle_accounts as (

    select genesis_accounts.*
    from genesis_accounts
    left join mined_accounts
        on
            genesis_accounts.day = mined_accounts.day
            and genesis_accounts.account_id = mined_accounts.account_id
    where mined_accounts.account_id is null

)

select
    account_days.day,
    cast(count(*) as bigint) as accounts
from account_days
left join idle_accounts
    on
        account_days.day = idle_accounts.day
        and account_days.account_id = idle_accounts.account_id
where idle_accounts.account_id is null
group by account_days.day
