{%- set keyframe_day = keyframe_before_window(ref('account_keyframes')) -%}

with joining_members as (

    select
        day,
        hop,
        account
    from {{ ref('hop_members') }}
    where {{ in_window() }}

),

known_balances as (

    select
        account,
        day,
        closing as balance
    from {{ ref('account_days') }}
    where
        day > date '{{ keyframe_day }}'
        and day < date '{{ window_end() }}'

    union all

    select
        account,
        day,
        balance
    from {{ ref('account_keyframes') }}
    where day = date '{{ keyframe_day }}'

),

joining_balances as (

    -- what each account held at the end of the day before it joined
    select
        joining_members.day,
        joining_members.hop,
        joining_members.account,
        max_by(known_balances.balance, known_balances.day) as balance
    from joining_members
    inner join known_balances
        on
            joining_members.account = known_balances.account
            and joining_members.day > known_balances.day
    group by joining_members.day, joining_members.hop, joining_members.account

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
        account_days.day,
        hop_members.hop,
        cast(0 as bigint) as joined,
        account_days.closing - account_days.opening as moved
    from {{ ref('account_days') }} as account_days
    inner join {{ ref('hop_members') }} as hop_members
        on
            account_days.account = hop_members.account
            and account_days.day >= hop_members.day
    where {{ in_window('account_days.day') }}

)

select
    day,
    hop,
    cast(sum(joined) as bigint) as joined,
    cast(sum(moved) as bigint) as moved
from changes
group by day, hop
