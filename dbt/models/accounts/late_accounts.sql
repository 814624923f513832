{#-
    Accounts that get their number before their first entry, because their first output has value 0 or is that of block
    0. One row on the day of the number, and one on the day of the first entry.
-#}

with candidates as (

    select distinct
        day,
        account_id
    from {{ ref('outputs') }}
    where
        {{ in_window() }}
        and {{ is_user('account_id') }}
        and (value = 0 or height = 0)

),

named_accounts as (

    select candidates.*
    from candidates
    inner join {{ ref('user_accounts') }} as user_accounts
        on
            candidates.day = user_accounts.day
            and candidates.account_id = user_accounts.account_id
    where {{ in_window('user_accounts.day') }}

),

candidate_days as (

    select
        account_states.day,
        account_states.account_id
    from {{ ref('account_states') }} as account_states
    left join {{ genesis_holding() }} as genesis
        on
            account_states.day = genesis.day
            and account_states.account_id = genesis.account_id
    where
        {{ in_window('account_states.day') }}
        -- on the day of block 0 its own value does not count: only an account that changes by more has an entry
        and account_states.credits - account_states.debits > coalesce(genesis.value, 0)

),

waiting_accounts as (

    select
        named_accounts.day,
        named_accounts.account_id
    from named_accounts
    left join candidate_days
        on
            named_accounts.day = candidate_days.day
            and named_accounts.account_id = candidate_days.account_id
    where candidate_days.account_id is null

    {%- if is_incremental() %}

    union all

    select
        named_before.day,
        named_before.account_id
    from {{ this }} as named_before
    left join {{ this }} as paid_before
        on
            named_before.account_id = paid_before.account_id
            and paid_before.has_entry
            and paid_before.day < date '{{ window_start() }}'
    where
        named_before.day < date '{{ window_start() }}'
        and not named_before.has_entry
        and paid_before.account_id is null
    {%- endif %}

),

first_entries as (

    select
        min(candidate_days.day) as day,
        waiting_accounts.account_id
    from waiting_accounts
    inner join candidate_days
        on
            waiting_accounts.account_id = candidate_days.account_id
            and waiting_accounts.day < candidate_days.day
    group by waiting_accounts.account_id

)

select
    day,
    account_id,
    false as has_entry
from waiting_accounts
where {{ in_window() }}

union all

select
    day,
    account_id,
    true as has_entry
from first_entries
