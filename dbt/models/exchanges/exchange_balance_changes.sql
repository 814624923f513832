with labelled_changes as (

    select
        account_days.day,
        exchange_addresses.exchange_code,
        account_days.closing - account_days.opening as change
    from {{ ref('account_days') }} as account_days
    inner join {{ ref('exchange_addresses') }} as exchange_addresses
        on account_days.account = exchange_addresses.address
    where {{ in_window('account_days.day') }}

)

select
    day,
    exchange_code as party,
    cast(sum(change) as bigint) as change
from labelled_changes
group by day, exchange_code

union all

select
    day,
    'Ex' as party,
    cast(sum(change) as bigint) as change
from labelled_changes
group by day
