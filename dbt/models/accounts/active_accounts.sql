{#-
    The accounts with an entry on a day, counted by the days since their previous entry. From these counts follows the
    number of distinct accounts in any span of up to 90 days: the sum over its days, less the accounts whose previous
    entry lies in the same span. The output of block 0 does not make its account active.
-#}

{%- set most_days = 89 -%}

with genesis as (

    select *
    from {{ genesis_holding() }} as genesis_output

),

account_days as (

    select
        account_states.day,
        account_states.account_id,
        account_states.credits,
        account_states.debits,
        account_states.closing - account_states.credits - account_states.debits as opening,
        account_states.closing - coalesce(genesis.value, 0) as closing,
        account_states.previous_change_day
    from {{ ref('account_states') }} as account_states
    left join genesis
        on account_states.account_id = genesis.account_id
    left join {{ ref('late_accounts') }} as late_accounts
        on
            account_states.day = late_accounts.day
            and account_states.account_id = late_accounts.account_id
            and not late_accounts.has_entry
    where
        {{ in_window('account_states.day') }}
        and {{ is_user('account_states.account_id') }}
        and late_accounts.account_id is null

),

first_numbers as (

    -- accounts are numbered in the order of their first output, so all numbers from a day's first one on are new
    select
        day,
        min(account_id) as account_id
    from {{ ref('user_accounts') }}
    where {{ in_window() }}
    group by day

),

told_accounts as (

    select
        account_days.*,
        coalesce(account_days.account_id >= first_numbers.account_id, false)
        or late_accounts.account_id is not null as is_new
    from account_days
    left join first_numbers
        on account_days.day = first_numbers.day
    left join {{ ref('late_accounts') }} as late_accounts
        on
            account_days.day = late_accounts.day
            and account_days.account_id = late_accounts.account_id
            and late_accounts.has_entry

),

returning_accounts as (

    select distinct account_id
    from told_accounts
    where
        opening = 0
        and not is_new

),

empty_ends as (

    -- account_states has no previous change for accounts that were empty: it is the last day that closed at 0
    select
        account_states.day,
        account_states.account_id,
        max(case when account_states.closing = 0 then account_states.day end) over (
            partition by account_states.account_id
            order by account_states.day
            rows between unbounded preceding and 1 preceding
        ) as emptied_day
    from {{ ref('account_states') }} as account_states
    inner join returning_accounts
        on account_states.account_id = returning_accounts.account_id
    where
        {{ from_days_before('account_states.day', most_days) }}
        and (
            account_states.closing = 0
            or account_states.closing = account_states.credits + account_states.debits
        )

),

previous_days as (

    select
        told_accounts.*,
        case
            when told_accounts.is_new then null
            when told_accounts.opening > 0 then told_accounts.previous_change_day
            else empty_ends.emptied_day
        end as previous_day
    from told_accounts
    left join empty_ends
        on
            told_accounts.day = empty_ends.day
            and told_accounts.account_id = empty_ends.account_id

),

counted_accounts as (

    select
        *,
        case when previous_day >= day - {{ most_days }} then {{ days_between('previous_day', 'day') }} end as days_since
    from previous_days

)

select
    day,
    days_since,
    cast(count(*) as bigint) as accounts,
    cast(sum(case when credits > 0 then 1 else 0 end) as bigint) as receivers,
    cast(sum(case when debits < 0 then 1 else 0 end) as bigint) as senders,
    cast(sum(case when is_new then 1 else 0 end) as bigint) as new_accounts,
    cast(sum(case when is_new and closing > 0 then 1 else 0 end) as bigint) as new_holders
from counted_accounts
group by day, days_since
