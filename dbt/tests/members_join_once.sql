-- An account joins a hop once.
with window_members as (

    select distinct
        account_id,
        hop
    from {{ ref('members') }}
    where {{ in_window() }}

),

repeated_members as (

    select
        members.account_id,
        members.hop,
        max(members.day) as day,
        count(*) as times
    from {{ ref('members') }} as members
    inner join window_members
        on
            members.account_id = window_members.account_id
            and members.hop = window_members.hop
    where members.day <= date '{{ window_end() }}'
    group by members.account_id, members.hop
    having count(*) > 1

)

select
    repeated_members.day,
    {{ account_name('repeated_members.account_id') }} as offender,
    'it joined hop ' || repeated_members.hop || ' ' || repeated_members.times || ' times' as detail
from repeated_members
order by repeated_members.day, offender
