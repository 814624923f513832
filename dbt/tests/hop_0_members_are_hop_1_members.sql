-- Hop 1 contains hop 0, from the same day or earlier.
select
    hop_0.day,
    {{ account_name('hop_0.account_id') }} as offender,
    'a miner since that day, but not one hop from miners by then' as detail
from {{ ref('members') }} as hop_0
left join {{ ref('members') }} as hop_1
    on
        hop_0.account_id = hop_1.account_id
        and hop_1.hop = 1
        and hop_0.day >= hop_1.day
where
    {{ in_window('hop_0.day') }}
    and hop_0.hop = 0
    and hop_1.account_id is null
order by hop_0.day, offender
