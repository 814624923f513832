{#- The days on which metrics are due: all for the ledger's asset, for others those that have headers. -#}

select
    'btc' as asset,
    days.day
from {{ ref('days') }} as days
where {{ in_window('days.day') }}

union all

select
    header_days.asset,
    days.day
from {{ ref('days') }} as days
inner join {{ ref('header_days') }} as header_days
    on days.day between header_days.first_day and header_days.last_day
where {{ in_window('days.day') }}
