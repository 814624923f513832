-- The balances of all classes add up to the supply. At each keyframe they have as many accounts as the keyframe.
with class_totals as (

    select
        day,
        sum(holders) as holders,
        sum(balance) as balance
    from {{ ref('balance_classes') }}
    where {{ in_window() }}
    group by day

),

supplies as (

    select
        day,
        sum(users - genesis) over (
            order by day
            rows between unbounded preceding and current row
        ) as supply
    from {{ ref('ledger_days') }}
    where day <= date '{{ window_end() }}'

),

held as (

    select
        account_keyframes.day,
        sum(case when account_keyframes.balance > coalesce(genesis.value, 0) then 1 else 0 end) as holders
    from {{ ref('account_keyframes') }} as account_keyframes
    left join {{ genesis_holding() }} as genesis
        on account_keyframes.account_id = genesis.account_id
    where
        {{ in_window('account_keyframes.day') }}
        and {{ is_user('account_keyframes.account_id') }}
    group by account_keyframes.day

)

select
    supplies.day,
    'all holders' as offender,
    'classes hold ' || coalesce(class_totals.balance, 0) || ' satoshi of a supply of ' || supplies.supply || ', and '
    || coalesce(class_totals.holders, 0) || ' accounts, where the keyframe has '
    || coalesce(held.holders, class_totals.holders, 0) as detail
from supplies
left join class_totals
    on supplies.day = class_totals.day
left join held
    on supplies.day = held.day
where
    {{ in_window('supplies.day') }}
    and (
        coalesce(class_totals.balance, 0) <> supplies.supply
        or coalesce(class_totals.holders, 0) <> coalesce(held.holders, class_totals.holders, 0)
    )
order by supplies.day
