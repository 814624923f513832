{%- set keyframes = keyframe_days() -%}
{#- Most days are not the end of a period: then nothing is read. -#}
{%- set keyframe_day = keyframe_before_window(this) if keyframes else '0001-01-01' -%}
{%- set last_day = keyframes[-1] if keyframes else '0001-01-01' -%}

with {{ keyframe_days_cte(keyframes) }},

known_states as (

    select
        account_id,
        day,
        closing as balance
    from {{ ref('account_states') }}
    where
        day > date '{{ keyframe_day }}'
        and day <= date '{{ last_day }}'

    {%- if keyframe_day > '0001-01-01' %}

    union all

    select
        account_id,
        last_change_day as day,
        balance
    from {{ this }}
    where day = date '{{ keyframe_day }}'
    {%- endif %}

),

state_spans as (

    select
        account_id,
        day,
        balance,
        lead(day) over (
            partition by account_id
            order by day
        ) as next_day
    from known_states

),

lasting_states as (

    select *
    from state_spans
    where
        balance <> 0
        -- leaves out balances that change again before the period ends, which are most: no keyframe has them
        and (next_day is null or next_day > {{ period_end('day') }})

)

select
    keyframe_days.day,
    lasting_states.account_id,
    lasting_states.balance,
    lasting_states.day as last_change_day
from lasting_states
inner join keyframe_days
    on
        lasting_states.day <= keyframe_days.day
        and coalesce(lasting_states.next_day, date '9999-12-31') > keyframe_days.day
order by keyframe_days.day, lasting_states.account_id
