-- At each keyframe a miner group's supply, the running sum of its changes, is the sum of its members' balances.
with running_supplies as (

    select
        hop,
        day,
        sum(joined + moved) over (
            partition by hop
            order by day
            rows between unbounded preceding and current row
        ) as supply
    from {{ ref('miner_supply_changes') }}
    where day <= date '{{ window_end() }}'

),

member_balances as (

    select
        keyframes.day,
        members.hop,
        sum(keyframes.balance) as balance
    from {{ ref('account_keyframes') }} as keyframes
    inner join {{ ref('members') }} as members
        on
            keyframes.account_id = members.account_id
            and keyframes.day >= members.day
    where {{ in_window('keyframes.day') }}
    group by keyframes.day, members.hop

),

keyframe_supplies as (

    select
        member_balances.day,
        member_balances.hop,
        member_balances.balance,
        max_by(running_supplies.supply, running_supplies.day) as supply
    from member_balances
    left join running_supplies
        on
            member_balances.hop = running_supplies.hop
            and member_balances.day >= running_supplies.day
    group by member_balances.day, member_balances.hop, member_balances.balance

)

select
    day,
    'hop ' || hop as offender,
    'changes add up to ' || coalesce(supply, 0) || ', members hold ' || balance || ' satoshi' as detail
from keyframe_supplies
where coalesce(supply, 0) <> balance
order by day, hop
