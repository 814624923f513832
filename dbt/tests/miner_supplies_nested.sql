-- Supply of miners <= supply one hop from miners <= all balances.
with supplies as (

    select
        time,
        max(case when metric = 'SplyMiner0HopAllNtv' then value end) as hop_0,
        max(case when metric = 'SplyMiner1HopAllNtv' then value end) as hop_1
    from {{ ref('miners_metrics') }}
    where {{ in_window('time') }}
    group by time

),

user_balances as (

    select
        day,
        sum(users) over (
            order by day
            rows between unbounded preceding and current row
        ) / cast(100000000 as double) as balance
    from {{ ref('ledger_days') }}
    where day <= date '{{ window_end() }}'

)

select
    supplies.time as day,
    'the miner groups' as offender,
    'hop 0 ' || supplies.hop_0 || ', hop 1 ' || supplies.hop_1 || ', all ' || user_balances.balance as detail
from supplies
inner join user_balances on supplies.time = user_balances.day
where
    supplies.hop_0 > supplies.hop_1
    or supplies.hop_1 > user_balances.balance
order by supplies.time
