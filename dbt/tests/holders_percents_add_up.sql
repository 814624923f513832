-- The 14 intervals add up to 100 percent of all holders, and of their combined balance, unless there are no holders.
with interval_percents as (

    select
        time,
        regexp_replace(metric, '_[^_]+_to_[^_]+$', '') as family,
        value
    from {{ ref('holders_metrics') }}
    where
        {{ in_window('time') }}
        and metric like 'percent_of_holders_distribution_%'
        -- another name for three intervals together
        and metric not like '%_10M_to_inf'

)

select
    time as day,
    family as offender,
    count(value) || ' intervals hold ' || sum(value) || ' percent' as detail
from interval_percents
group by time, family
having
    count(value) not in (0, 14)
    or abs(sum(value) - 100) > 1e-9
order by day, offender
