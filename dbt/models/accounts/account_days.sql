{%- set keyframe_day = keyframe_before_window(ref('account_keyframes')) -%}

with day_changes as (

    select
        account,
        day,
        cast(sum(case when value > 0 then value else 0 end) as bigint) as credits,
        cast(sum(case when value < 0 then value else 0 end) as bigint) as debits
    from {{ ref('balance_updates') }}
    where {{ in_window() }}
    group by account, day

),

changed_accounts as (

    select distinct account
    from day_changes

),

known_changes as (

    select
        account,
        day,
        value
    from {{ ref('balance_updates') }}
    where
        day > date '{{ keyframe_day }}'
        and day < date '{{ window_start() }}'

    union all

    select
        account,
        last_change_day as day,
        balance as value
    from {{ ref('account_keyframes') }}
    where day = date '{{ keyframe_day }}'

),

openings as (

    select
        known_changes.account,
        cast(sum(known_changes.value) as bigint) as balance,
        max(known_changes.day) as last_change_day
    from known_changes
    inner join changed_accounts
        on known_changes.account = changed_accounts.account
    group by known_changes.account

),

running_balances as (

    select
        day_changes.day,
        day_changes.account,
        day_changes.credits,
        day_changes.debits,
        coalesce(openings.balance, 0) + sum(day_changes.credits + day_changes.debits) over (
            partition by day_changes.account
            order by day_changes.day
            rows between unbounded preceding and current row
        ) as closing,
        coalesce(
            lag(day_changes.day) over (
                partition by day_changes.account
                order by day_changes.day
            ),
            openings.last_change_day
        ) as last_change_day
    from day_changes
    left join openings
        on day_changes.account = openings.account

)

select
    day,
    account,
    cast(closing - credits - debits as bigint) as opening,
    credits,
    debits,
    cast(closing as bigint) as closing,
    -- an account that was empty has no previous change: keyframes forget empty accounts, and so does this table
    case when closing - credits - debits <> 0 then last_change_day end as previous_change_day
from running_balances
