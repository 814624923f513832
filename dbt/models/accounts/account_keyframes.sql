{%- set keyframes = keyframe_days() -%}
{#- On most days none is due: then nothing is read. -#}
{%- set keyframe_day = keyframe_before_window(this) if keyframes else '0001-01-01' -%}
{%- set last_day = keyframes[-1] if keyframes else '0001-01-01' -%}

with {{ keyframe_days_cte(keyframes) }},

dated_updates as (

    -- each update counts towards the first keyframe at or after its day
    select
        balance_updates.account,
        balance_updates.day,
        balance_updates.value,
        {{ period_end('balance_updates.day') }} as period_day
    from {{ ref('balance_updates') }} as balance_updates
    where
        balance_updates.day > date '{{ keyframe_day }}'
        and balance_updates.day <= date '{{ last_day }}'

),

period_changes as (

    select
        account,
        period_day,
        sum(value) as change,
        max(day) as last_change_day
    from dated_updates
    group by account, period_day

    {%- if keyframe_day > '0001-01-01' %}

    union all

    select
        account,
        day as period_day,
        balance as change,
        last_change_day
    from {{ this }}
    where day = date '{{ keyframe_day }}'
    {%- endif %}

)

select
    keyframe_days.day,
    period_changes.account,
    cast(sum(period_changes.change) as bigint) as balance,
    max(period_changes.last_change_day) as last_change_day
from period_changes
inner join keyframe_days
    on period_changes.period_day <= keyframe_days.day
group by keyframe_days.day, period_changes.account
having sum(period_changes.change) <> 0
