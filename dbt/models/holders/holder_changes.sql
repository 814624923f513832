{#-
    How many accounts and how many satoshi entered and left each class of balances on a day. The distribution over time
    is the running sum of these changes; no snapshot of all balances is taken.
-#}

with holder_days as (

    select
        day,
        closing - credits - debits as opening,
        closing,
        -- active at the end of the day before
        coalesce(previous_change_day >= day - {{ var('active_days') }}, false) as was_active
    from {{ ref('account_states') }}
    where
        {{ in_window() }}
        and {{ is_user('account_id') }}

),

expired_holders as (

    select
        quiet_days.day + {{ var('active_days') }} as day,
        quiet_days.closing
    from {{ ref('account_states') }} as quiet_days
    left join {{ ref('account_states') }} as next_days
        on
            quiet_days.account_id = next_days.account_id
            and quiet_days.day = next_days.previous_change_day
            and next_days.day <= quiet_days.day + {{ var('active_days') }}
            -- these follow from the conditions above, but only with them does DuckDB skip earlier years; it then hashes
            -- a tenth of the other rows
            and next_days.day > date '{{ window_start() }}' - {{ var('active_days') }}
            and next_days.day <= date '{{ window_end() }}'
            and {{ in_window('next_days.previous_change_day', days_before=var('active_days')) }}
    where
        -- not `day + 365` in the window: that would read all days
        {{ in_window('quiet_days.day', days_before=var('active_days')) }}
        and quiet_days.closing > 0
        and {{ is_user('quiet_days.account_id') }}
        and next_days.account_id is null

),

events as (

    select
        day,
        opening as balance,
        -1 as holders,
        case when was_active then -1 else 0 end as active_holders
    from holder_days
    where opening > 0

    union all

    select
        day,
        closing as balance,
        1 as holders,
        1 as active_holders
    from holder_days
    where closing > 0

    union all

    select
        day,
        closing as balance,
        0 as holders,
        -1 as active_holders
    from expired_holders

),

classified_events as (

    select
        *,
        {{ decimal_digits('balance') }} as balance_digits,
        {{ is_power_of_ten('balance') }} as is_power_of_ten
    from events

)

select
    day,
    balance_digits,
    is_power_of_ten,
    cast(sum(holders) as bigint) as holders,
    cast(sum(holders * balance) as bigint) as balance,
    cast(sum(active_holders) as bigint) as active_holders,
    cast(sum(active_holders * balance) as bigint) as active_balance
from classified_events
group by day, balance_digits, is_power_of_ten
