-- An account joins a hop once.
with window_members as (

    select
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
inner join (select distinct account, hop from window_members) as window_accounts
    on
        members.account = window_accounts.account
        and members.hop = window_accounts.hop
where members.day <= date '{{ window_end() }}'
group by members.account, members.hop
having count(*) > 1
order by day, offender
