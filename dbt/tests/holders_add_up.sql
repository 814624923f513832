-- The balances of all holders' classes add up to all user balances, and active holders are holders.
with class_totals as (

    select
        day,
        sum(balance) as balance,
        min(holders) as fewest_holders,
        min(active_holders) as fewest_active_holders,
        min(holders - active_holders) as fewest_inactive_holders
    from {{ ref('holder_classes') }}
    group by day

),

user_balances as (

    select
        day,
        sum(users) over (
            order by day
            rows between unbounded preceding and current row
        ) as balance
    from {{ ref('ledger_days') }}
    where day <= date '{{ window_end() }}'

)

select
    user_balances.day,
    'all holders' as offender,
    'classes hold ' || coalesce(class_totals.balance, 0) || ', users ' || user_balances.balance
    || ' satoshi, or a class counts fewer than 0' as detail
from user_balances
left join class_totals
    on user_balances.day = class_totals.day
where
    {{ in_window('user_balances.day') }}
    and (
        coalesce(class_totals.balance, 0) <> user_balances.balance
        or class_totals.fewest_holders < 0
        or class_totals.fewest_active_holders < 0
        or class_totals.fewest_inactive_holders < 0
    )
order by user_balances.day
