{#- How many transfers a day had, their sum and their median. -#}

with transfers as (

    {{ transfers(in_window) }}

),

transfer_totals as (

    select
        day,
        count(*) as transfers,
        sum(value) as value,
        {{ median_of('value') }} as median
    from transfers
    group by day

)

select
    days.day,
    cast(coalesce(transfer_totals.transfers, 0) as bigint) as transfers,
    cast(coalesce(transfer_totals.value, 0) as bigint) as value,
    transfer_totals.median
from {{ ref('days') }} as days
left join transfer_totals
    on days.day = transfer_totals.day
where {{ in_window('days.day') }}
