{%- set keyframes = source('earlier', 'account_keyframes') -%}
{%- set keyframe_day = keyframe_before_window(keyframes) -%}

with day_changes as (

    select
        account_id,
        day,
        cast(sum(case when value > 0 then value else 0 end) as bigint) as credits,
        cast(sum(case when value < 0 then value else 0 end) as bigint) as debits
    from {{ ref('ledger_entries') }}
    where {{ in_window() }}
    group by account_id, day

),

known_states as (

    -- closing balances on the days since the last keyframe, and the balances in the keyframe
    {%- if is_incremental() %}

    select
        account_id,
        day,
        closing as balance
    from {{ this }}
    where
        day > date '{{ keyframe_day }}'
        and day < date '{{ window_start() }}'
    {%- if keyframe_day > '0001-01-01' %}

    union all

    select
        account_id,
        last_change_day as day,
        balance
    from {{ keyframes }}
    where day = date '{{ keyframe_day }}'
    {%- endif %}
    {%- else %}

    select
        cast(null as bigint) as account_id,
        cast(null as date) as day,
        cast(null as bigint) as balance
    where false
    {%- endif %}

),

changed_accounts as (

    select distinct account_id
    from day_changes

),

openings as (

    select
        known_states.account_id,
        max_by(known_states.balance, known_states.day) as balance,
        max(known_states.day) as last_change_day
    from known_states
    inner join changed_accounts
        on known_states.account_id = changed_accounts.account_id
    group by known_states.account_id

),

running_balances as (

    select
        day_changes.day,
        day_changes.account_id,
        day_changes.credits,
        day_changes.debits,
        coalesce(openings.balance, 0) + sum(day_changes.credits + day_changes.debits) over (
            partition by day_changes.account_id
            order by day_changes.day
            rows between unbounded preceding and current row
        ) as closing,
        coalesce(
            lag(day_changes.day) over (
                partition by day_changes.account_id
                order by day_changes.day
            ),
            openings.last_change_day
        ) as last_change_day
    from day_changes
    left join openings
        on day_changes.account_id = openings.account_id

)

select
    day,
    account_id,
    credits,
    debits,
    cast(closing as bigint) as closing,
    -- null for an account that was empty: keyframes do not have empty accounts, so their last change is not known
    case when closing - credits - debits <> 0 then last_change_day end as previous_change_day
from running_balances
order by day, account_id
