{#-
    Unspent coins at the end of each day, by the day that created them: those of the day before, plus those created,
    less those spent or overwritten. Block 0's output is left out, as in SplyCur.
-#}

with changes as (

    select
        day,
        day as created_day,
        count(*) as outputs,
        sum(value) as value,
        sum(case when tx_index = 0 then value else 0 end) as coinbase_value
    from {{ ref('outputs') }}
    where
        {{ in_window() }}
        and height > 0
        and {{ is_user('account_id') }}
    group by day

    union all

    select
        day,
        created_day,
        -outputs as outputs,
        -value as value,
        -coinbase_value as coinbase_value
    from {{ ref('spent_coins') }}
    where {{ in_window() }}

    union all

    select
        day,
        created_day,
        -1 as outputs,
        -value as value,
        -value as coinbase_value
    from {{ ref('overwritten_outputs') }}
    where
        {{ in_window() }}
        and created_height > 0

    {%- if is_incremental() %}

    union all

    select
        date '{{ window_start() }}' as day,
        created_day,
        outputs,
        value,
        coinbase_value
    from {{ this }}
    where day = date '{{ window_start() }}' - 1
    {%- endif %}

),

day_changes as (

    select
        day,
        created_day,
        sum(outputs) as outputs,
        sum(value) as value,
        sum(coinbase_value) as coinbase_value
    from changes
    group by day, created_day

),

created_days as (

    select distinct created_day
    from day_changes

),

running_coins as (

    select
        days.day,
        created_days.created_day,
        sum(coalesce(day_changes.outputs, 0)) over until_day as outputs,
        sum(coalesce(day_changes.value, 0)) over until_day as value,
        sum(coalesce(day_changes.coinbase_value, 0)) over until_day as coinbase_value
    from created_days
    inner join {{ ref('days') }} as days
        on created_days.created_day <= days.day
    left join day_changes
        on
            days.day = day_changes.day
            and created_days.created_day = day_changes.created_day
    where {{ in_window('days.day') }}
    window until_day as (
        partition by created_days.created_day
        order by days.day
        rows between unbounded preceding and current row
    )

)

select
    day,
    created_day,
    cast(outputs as bigint) as outputs,
    cast(value as bigint) as value,
    cast(coinbase_value as bigint) as coinbase_value
from running_coins
where outputs > 0
order by day, created_day
