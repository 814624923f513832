{#-
    Holders and their combined balances at the end of each day, by the first two digits of the balance: the state of the
    day before plus the day's changes. Block 0's output is left out.
-#}

with own_balances as (

    {{ own_balances(in_window('account_states.day')) }}

),

balances as (

    select
        day,
        opening as balance,
        -1 as holders
    from own_balances
    where opening > 0

    union all

    select
        day,
        closing as balance,
        1 as holders
    from own_balances
    where closing > 0

),

classified_balances as (

    select
        day,
        {{ balance_class('balance') }} as class,
        holders,
        holders * balance as balance
    from balances

),

changes as (

    select
        day,
        class,
        cast(sum(holders) as bigint) as holders,
        cast(sum(balance) as bigint) as balance
    from classified_balances
    group by day, class

    {%- if is_incremental() %}

    union all

    -- the opening state of the window, as a change on its first day
    select
        day + 1 as day,
        class,
        holders,
        balance
    from {{ this }}
    where day = date '{{ window_start() }}' - 1
    {%- endif %}

),

classes as (

    select distinct class
    from changes

),

class_days as (

    select
        days.day,
        classes.class
    from {{ ref('days') }} as days
    cross join classes
    where {{ in_window('days.day') }}

),

day_changes as (

    select
        day,
        class,
        cast(sum(holders) as bigint) as holders,
        cast(sum(balance) as bigint) as balance
    from changes
    group by day, class

),

running_classes as (

    select
        class_days.day,
        class_days.class,
        sum(coalesce(day_changes.holders, 0)) over class_until_day as holders,
        sum(coalesce(day_changes.balance, 0)) over class_until_day as balance
    from class_days
    left join day_changes
        on
            class_days.day = day_changes.day
            and class_days.class = day_changes.class
    window class_until_day as (
        partition by class_days.class
        order by class_days.day
        rows between unbounded preceding and current row
    )

)

select
    day,
    class,
    cast(holders as bigint) as holders,
    cast(balance as bigint) as balance
from running_classes
where holders > 0
order by day, class
