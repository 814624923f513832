-- At each keyframe the running counts of holders, all and active, are the accounts that hold and were active.
with counted as (

    select
        day,
        sum(holders) as holders,
        sum(active_holders) as active_holders
    from {{ ref('holder_classes') }}
    group by day

),

held as (

    select
        day,
        count(*) as holders,
        sum(case when last_change_day > day - {{ var('active_days') }} then 1 else 0 end) as active_holders
    from {{ ref('account_keyframes') }}
    where
        {{ in_window() }}
        and {{ is_user('account_id') }}
    group by day

)

select
    held.day,
    'all holders' as offender,
    'changes add up to ' || counted.holders || ' (' || counted.active_holders || ' active), the keyframe holds '
    || held.holders || ' (' || held.active_holders || ' active)' as detail
from held
inner join counted on held.day = counted.day
where
    counted.holders <> held.holders
    or counted.active_holders <> held.active_holders
order by held.day
