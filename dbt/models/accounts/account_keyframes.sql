{%- set keyframes = keyframe_days() -%}
{#- On most days none is due: then nothing is read. -#}
{%- set keyframe_day = keyframe_before_window(this) if keyframes else '0001-01-01' -%}
{%- set last_day = keyframes[-1] if keyframes else '0001-01-01' -%}

with {{ keyframe_days_cte(keyframes) }},

dated_changes as (

    -- each change counts towards the first keyframe at or after its day
    select
        account_id,
        day,
        credits + debits as change,
        {{ period_end('day') }} as period_day
    from {{ ref('account_states') }}
    where
        day > date '{{ keyframe_day }}'
        and day <= date '{{ last_day }}'

),

period_changes as (

    select
        account_id,
        period_day,
        sum(change) as change,
        max(day) as last_change_day
    from dated_changes
    group by account_id, period_day

    {%- if keyframe_day > '0001-01-01' %}

    union all

    select
        account_id,
        day as period_day,
        balance as change,
        last_change_day
    from {{ this }}
    where day = date '{{ keyframe_day }}'
    {%- endif %}

)

select
    keyframe_days.day,
    period_changes.account_id,
    cast(sum(period_changes.change) as bigint) as balance,
    max(period_changes.last_change_day) as last_change_day
from period_changes
inner join keyframe_days
    on period_changes.period_day <= keyframe_days.day
group by keyframe_days.day, period_changes.account_id
having sum(period_changes.change) <> 0
order by keyframe_days.day, period_changes.account_id
