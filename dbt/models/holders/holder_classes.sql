{{ config(materialized='ephemeral') }}

{#- Holders and balances of each class at the end of each day of the window: running sums of holder_changes. -#}

with classes as (

    select distinct
        balance_digits,
        is_power_of_ten
    from {{ ref('holder_changes') }}
    where day <= date '{{ window_end() }}'

),

class_days as (

    select
        days.day,
        classes.balance_digits,
        classes.is_power_of_ten,
        coalesce(holder_changes.holders, 0) as holders,
        coalesce(holder_changes.balance, 0) as balance,
        coalesce(holder_changes.active_holders, 0) as active_holders,
        coalesce(holder_changes.active_balance, 0) as active_balance
    from {{ ref('days') }} as days
    cross join classes
    left join {{ ref('holder_changes') }} as holder_changes
        on
            days.day = holder_changes.day
            and classes.balance_digits = holder_changes.balance_digits
            and classes.is_power_of_ten = holder_changes.is_power_of_ten
    where days.day <= date '{{ window_end() }}'

),

running_classes as (

    select
        day,
        balance_digits,
        is_power_of_ten,
        sum(holders) over class_until_day as holders,
        sum(balance) over class_until_day as balance,
        sum(active_holders) over class_until_day as active_holders,
        sum(active_balance) over class_until_day as active_balance
    from class_days
    window class_until_day as (
        partition by balance_digits, is_power_of_ten
        order by day
        rows between unbounded preceding and current row
    )

)

select *
from running_classes
where {{ in_window() }}
