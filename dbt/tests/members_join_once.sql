-- An account joins a hop once.
with window_members as (

    select distinct
        account,
        hop
    from {{ ref('hop_members') }}
    where {{ in_window() }}

)

select
    max(members.day) as day,
    members.account as offender,
    'it joined hop ' || members.hop || ' ' || count(*) || ' times' as detail
from {{ ref('hop_members') }} as members
inner join window_members
    on
        members.account = window_members.account
        and members.hop = window_members.hop
where members.day <= date '{{ window_end() }}'
group by members.account, members.hop
having count(*) > 1
order by day, offender
