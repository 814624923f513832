{%- set keyframe_day = keyframe_before_window(ref('account_keyframes')) -%}

with joining_members as (

    select
        day,
        hop,
        account_id
    from {{ ref('members') }}
    where {{ in_window() }}

),

known_balances as (

    select
        account_id,
        day,
        closing as balance
    from {{ ref('account_states') }}
    where
        day > date '{{ keyframe_day }}'
        and day < date '{{ window_end() }}'

    union all

    select
        account_id,
        day,
        balance
    from {{ ref('account_keyframes') }}
    where day = date '{{ keyframe_day }}'

),

joining_balances as (

    -- the balance of each account at the end of the day before it joined
    select
        joining_members.day,
        joining_members.hop,
        joining_members.account_id,
        max_by(known_balances.balance, known_balances.day) as balance
    from joining_members
    inner join known_balances
        on
            joining_members.account_id = known_balances.account_id
            and joining_members.day > known_balances.day
    group by joining_members.day, joining_members.hop, joining_members.account_id

),

changes as (

    select
        day,
        hop,
        balance as joined,
        cast(0 as bigint) as moved
    from joining_balances

    union all

    select
        account_states.day,
        members.hop,
        cast(0 as bigint) as joined,
        account_states.credits + account_states.debits as moved
    from {{ ref('account_states') }} as account_states
    inner join {{ ref('members') }} as members
        on
            account_states.account_id = members.account_id
            and account_states.day >= members.day
    where {{ in_window('account_states.day') }}

)

select
    day,
    hop,
    cast(sum(joined) as bigint) as joined,
    cast(sum(moved) as bigint) as moved
from changes
group by day, hop
