{{ config(materialized='ephemeral') }}

{#-
    The position of each bound among its day's classes of balances: the class that it cuts, or null if it lies between
    two classes, and the holders and their balances above it. For a bound that is a number of holders, `largest` tells
    how many of that class's largest balances are needed. Such a bound has no row if there are too few holders.
-#}

with thresholds as (

    select
        day,
        bound,
        least_balance,
        largest,
        {{ balance_class('least_balance') }} as class
    from {{ ref('balance_thresholds') }}

),

levels as (

    -- classes and thresholds in one list; a class that begins at a threshold is sorted above it
    select
        day,
        class,
        cast(null as string) as bound,
        holders,
        balance,
        0 as place
    from {{ ref('balance_classes') }}
    where {{ in_window() }}

    union all

    select
        day,
        class,
        bound,
        0 as holders,
        0 as balance,
        case when least_balance = class then 1 else -1 end as place
    from thresholds
    where largest is null

),

running_levels as (

    select
        day,
        class,
        bound,
        holders,
        balance,
        sum(holders) over from_above as holders_so_far,
        sum(balance) over from_above as balance_so_far
    from levels
    window from_above as (
        partition by day
        order by class desc, place asc, bound asc
        rows between unbounded preceding and current row
    )

)

select
    thresholds.day,
    thresholds.bound,
    thresholds.least_balance,
    cast(null as bigint) as largest,
    case when thresholds.least_balance > thresholds.class then thresholds.class end as class,
    running_levels.holders_so_far as holders_above,
    running_levels.balance_so_far as balance_above
from thresholds
inner join running_levels
    on
        thresholds.day = running_levels.day
        and thresholds.bound = running_levels.bound

union all

select
    thresholds.day,
    thresholds.bound,
    cast(null as bigint) as least_balance,
    cast(thresholds.largest - (running_levels.holders_so_far - running_levels.holders) as bigint) as largest,
    running_levels.class,
    running_levels.holders_so_far - running_levels.holders as holders_above,
    running_levels.balance_so_far - running_levels.balance as balance_above
from thresholds
inner join running_levels
    on
        thresholds.day = running_levels.day
        and running_levels.bound is null
        and thresholds.largest > running_levels.holders_so_far - running_levels.holders
        and thresholds.largest <= running_levels.holders_so_far
