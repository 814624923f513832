select
    day,
    exchange_code as party,
    cast(sum(case when net > 0 then net else 0 end) as bigint) as inflow,
    cast(sum(case when net < 0 then -net else 0 end) as bigint) as outflow
from {{ ref('exchange_party_nets') }}
where
    {{ in_window() }}
    and exchange_code is not null
group by day, exchange_code
